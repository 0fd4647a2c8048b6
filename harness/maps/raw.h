/* SPDX-License-Identifier: Apache-2.0 */
/* Every entry of a map in the kernel, and many entries at once, as bytes. */
#pragma once

#include "maps/entries.h"
#include "maps/handle.h"

/* Every entry of the map, sorted. -EOPNOTSUPP for a type that has none to read. */
int map_read_entries(const struct map_handle *handle, const char *name, struct map_entries *out);
/* Makes a map that holds `was` hold `now`, by the difference alone. Both are sorted. */
int map_change_entries(const struct map_handle *handle, const char *name,
                       const struct map_entries *was, const struct map_entries *now);
/* Writes them all. */
int map_write_entries(const struct map_handle *handle, const char *name,
                      const struct map_entries *entries);
