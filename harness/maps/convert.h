/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries from one layout of a map to another, by the names of their fields. What the target has no
 * field for must be zero to be left away: a key that would lose something (an endpoint of a lower
 * priority, where there are no priorities) would name another entry, so that entry is left out;
 * a value is written without it.
 */
#pragma once

#include "maps/entries.h"
#include "maps/layout.h"

/* *lost: the entries that are left out or written without something. The caller frees *out. */
int maps_convert(const struct map_layout *from, const struct map_layout *to,
                 const struct map_entries *entries, struct map_entries *out, size_t *lost);
