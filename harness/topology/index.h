/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted index from keys (bytes) to positions: for finding a name, and for finding two entries
 * with one key, without comparing every pair.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"

struct index_entry {
    const void *key; /* borrowed */
    size_t length;
    size_t position;
};

struct index {
    struct index_entry *entries;
    size_t n, room;
};

/* -ENOMEM, said. Positions have to be added in ascending order. */
int index_init(struct index *index, size_t room);
void index_clear(struct index *index);
#define _cleanup_index_ _cleanup_(index_clear)

/* Adds an entry; there must be room for it. */
void index_add(struct index *index, const void *key, size_t length, size_t position);
void index_add_name(struct index *index, const char *name, size_t position);
void index_sort(struct index *index);

/* Both want a sorted index. */
bool index_find_name(const struct index *index, const char *name, size_t *position);
/* Two entries with one key: of all such pairs the one whose later entry comes first. */
bool index_duplicate(const struct index *index, size_t *first, size_t *second);
