/* SPDX-License-Identifier: Apache-2.0 */
/* Maps as bytes: what they are, every entry of one, and many entries at once. */
#pragma once

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include "place/lab.h"

/* A pinned map that was opened. */
struct map_handle {
    int fd;
    struct bpf_map_info info;
    const struct map_layout *layout; /* the one that its sizes tell; NULL: none that is known */
};

/* Takes one with fd -1. */
void map_handle_close(struct map_handle *handle);
/* A map of that name, however it was found. Takes ownership of the fd, also on failure. */
int map_handle_from_fd(int fd, const char *name, struct map_handle *out);
/* -ENOENT with the maps that there are, as map_open(). */
int map_handle_open(const struct lab *lab, const struct topology_node *node, const char *name,
                    struct map_handle *out);
/* BPFFS/waypost/LAB/NODE/maps; the caller frees it. */
int maps_dir(const struct lab *lab, const struct topology_node *node, char **out);

/* Entries side by side: n keys of key_size, n values of value_size (0: without values). */
struct map_entries {
    uint32_t key_size, value_size;
    size_t n, room;
    uint8_t *keys, *values;
};

void map_entries_free(struct map_entries *entries);
/* Appends one; `value` may be NULL where value_size is 0. */
int map_entries_add(struct map_entries *entries, const void *key, const void *value);
const uint8_t *map_entries_key(const struct map_entries *entries, size_t i);
const uint8_t *map_entries_value(const struct map_entries *entries, size_t i);
/* By key, as memcmp() orders; what stands there twice remains once. */
int map_entries_sort(struct map_entries *entries);
/* In sorted entries; -1 when the key is not there. */
ssize_t map_entries_find(const struct map_entries *entries, const void *key);

/* Every entry of the map, sorted. -EOPNOTSUPP for a type that has none to read. */
int map_read_entries(const struct map_handle *handle, const char *name, struct map_entries *out);
/* Makes a map that holds `was` hold `now`, by the difference alone. Both are sorted. */
int map_change_entries(const struct map_handle *handle, const char *name,
                       const struct map_entries *was, const struct map_entries *now);
/* Writes them all. */
int map_write_entries(const struct map_handle *handle, const char *name,
                      const struct map_entries *entries);
