/* SPDX-License-Identifier: Apache-2.0 */
/* Many entries of a map as bytes. No kernel. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Entries side by side: n keys of key_size, n values of value_size (0: without values). */
struct map_entries {
    uint32_t key_size, value_size;
    size_t n, room;
    uint8_t *keys, *values;
};

/* Room for `more` behind what is there. */
int map_entries_reserve(struct map_entries *entries, size_t more);
void map_entries_free(struct map_entries *entries);
/* Appends one; `value` may be NULL where value_size is 0. */
int map_entries_add(struct map_entries *entries, const void *key, const void *value);
const uint8_t *map_entries_key(const struct map_entries *entries, size_t i);
const uint8_t *map_entries_value(const struct map_entries *entries, size_t i);
/* By key, as memcmp() orders; what stands there twice remains once. */
int map_entries_sort(struct map_entries *entries);
/* In sorted entries; -1 when the key is not there. */
ssize_t map_entries_find(const struct map_entries *entries, const void *key);
