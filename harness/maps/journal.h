/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that were changed from outside since the baseline was saved, so that going back need not
 * walk a map: STATE/LAB/baseline/NODE.MAP.dirty, key behind key.
 */
#pragma once

#include "maps/entries.h"
#include "place/lab.h"

/* Notes the key, or several side by side, before their entries are changed. Without a baseline
 * there is nothing to note. Keys of concurrent callers do not mix. */
int maps_journal_add(const struct lab *lab, const struct topology_node *node, const char *map,
                     const void *keys, uint32_t size);
/* The keys of the journal at `path`, sorted; key_size is the map's. */
int maps_journal_read(const char *path, uint32_t key_size, struct map_entries *out);

/* STATE/LAB/baseline; the caller frees it. */
int maps_baseline_dir(const struct lab *lab, char **out);
