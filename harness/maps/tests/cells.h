/* SPDX-License-Identifier: Apache-2.0 */
/* Cells in memory, for tests of what reads them. */
#pragma once

#include <errno.h>
#include <string.h>

#include "maps/policy_cells.h"

/* For policy_source: `data` is a struct policy_cells whose entries are sorted. */
static int read_cell(void *data, enum km_cells type, uint32_t index, void *cell)
{
    const struct map_entries *cells = &((struct policy_cells *)data)->cells[type];
    ssize_t at = map_entries_find(cells, &index);

    if (at < 0)
        return -ENOENT;
    memcpy(cell, map_entries_value(cells, (size_t)at), cells->value_size);
    return 0;
}
