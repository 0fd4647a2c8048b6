/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies as entries of the maps (docs/contract.md §8): every part has the smallest cell that
 * holds it, and the next index of that map, from 1, in the order in which a control plane plants
 * them. The same policies give the same indices. No kernel.
 */
#pragma once

#include "maps/entries.h"
#include "maps/layout.h"
#include "topology/topology.h"

struct policy_cells {
    struct map_entries cells[KM_CELLS]; /* of kmesh_map64 and its like; not sorted */
    struct map_entries policies;        /* of km_authz_policy */
    uint32_t next[KM_CELLS];            /* indices below it are given */
    /* Whether an index has something in it already; NULL: none has. Negative: errors. */
    int (*taken)(void *data, enum km_cells type, uint32_t index);
    void *data;
};

/* The bytes of a cell of that type. */
uint32_t policy_cell_size(enum km_cells type);

/* Adds one part, behind which its cell is zero, and gives the reference to it. */
int policy_cells_put(struct policy_cells *cells, enum km_cells type, const void *bytes, size_t size,
                     uint64_t *ref);

void policy_cells_init(struct policy_cells *cells);
void policy_cells_free(struct policy_cells *cells);
/* Adds the policy's parts, then itself. -ENOSPC, said, when no index is left. */
int policy_cells_add(struct policy_cells *cells, const struct policy *policy);
/* Adds all of a topology's. */
int policy_cells_add_all(struct policy_cells *cells, const struct policies *policies);
