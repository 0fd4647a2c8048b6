// SPDX-License-Identifier: Apache-2.0
#include "maps/entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

void map_entries_free(struct map_entries *entries)
{
    free(entries->keys);
    free(entries->values);
    *entries = (struct map_entries){};
}

const uint8_t *map_entries_key(const struct map_entries *entries, size_t i)
{
    return entries->keys + i * entries->key_size;
}

const uint8_t *map_entries_value(const struct map_entries *entries, size_t i)
{
    return entries->values + i * entries->value_size;
}

int map_entries_reserve(struct map_entries *entries, size_t more)
{
    size_t room = entries->n + more;
    void *keys, *values;

    if (room <= entries->room)
        return 0;
    if (room < 2 * entries->room)
        room = 2 * entries->room;
    keys = reallocarray(entries->keys, room, entries->key_size);
    if (!keys)
        return err_r(ENOMEM, "cannot hold %zu map entries", room);
    entries->keys = keys;
    values = reallocarray(entries->values, room, entries->value_size ? entries->value_size : 1);
    if (!values)
        return err_r(ENOMEM, "cannot hold %zu map entries", room);
    entries->values = values;
    entries->room = room;
    return 0;
}

int map_entries_add(struct map_entries *entries, const void *key, const void *value)
{
    int r = map_entries_reserve(entries, 1);

    if (r < 0)
        return r;
    memcpy(entries->keys + entries->n * entries->key_size, key, entries->key_size);
    if (entries->value_size)
        memcpy(entries->values + entries->n * entries->value_size, value, entries->value_size);
    entries->n++;
    return 0;
}

static int entries_compare(const void *a, const void *b, void *data)
{
    const struct map_entries *entries = data;

    return memcmp(map_entries_key(entries, *(const size_t *)a),
                  map_entries_key(entries, *(const size_t *)b), entries->key_size);
}

int map_entries_sort(struct map_entries *entries)
{
    _cleanup_(map_entries_free) struct map_entries sorted = {.key_size = entries->key_size,
                                                             .value_size = entries->value_size};
    _cleanup_free_ size_t *order = calloc(entries->n + 1, sizeof(*order));
    struct map_entries unsorted;
    int r =
        order ? map_entries_reserve(&sorted, entries->n) : err_r(ENOMEM, "cannot sort map entries");

    if (r < 0)
        return r;
    for (size_t i = 0; i < entries->n; i++)
        order[i] = i;
    qsort_r(order, entries->n, sizeof(*order), entries_compare, entries);
    for (size_t i = 0; i < entries->n; i++)
        if (i == 0 || entries_compare(&order[i - 1], &order[i], entries) != 0)
            map_entries_add(&sorted, map_entries_key(entries, order[i]),
                            map_entries_value(entries, order[i]));
    unsorted = *entries;
    *entries = sorted;
    sorted = unsorted;
    return 0;
}

ssize_t map_entries_find(const struct map_entries *entries, const void *key)
{
    size_t low = 0, high = entries->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(key, map_entries_key(entries, middle), entries->key_size);

        if (order == 0)
            return (ssize_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}
