// SPDX-License-Identifier: Apache-2.0
#include "maps/raw.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/maps.h"

#define RAW_BATCH 1024

void map_handle_close(struct map_handle *handle)
{
    cleanup_close(&handle->fd);
    handle->fd = -1;
}

int map_handle_from_fd(int fd, const char *name, struct map_handle *out)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = fd};
    uint32_t length = sizeof(handle.info);
    int r = bpf_obj_get_info_by_fd(handle.fd, &handle.info, &length);

    if (r < 0)
        return err_r(r, "cannot look at map '%s'", name);
    handle.layout =
        map_layout_find(name, handle.info.type, handle.info.key_size, handle.info.value_size);
    *out = handle;
    handle.fd = -1;
    return 0;
}

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

/* Room for `more` behind what is there. */
static int raw_reserve(struct map_entries *entries, size_t more)
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
    int r = raw_reserve(entries, 1);

    if (r < 0)
        return r;
    memcpy(entries->keys + entries->n * entries->key_size, key, entries->key_size);
    if (entries->value_size)
        memcpy(entries->values + entries->n * entries->value_size, value, entries->value_size);
    entries->n++;
    return 0;
}

static int raw_compare(const void *a, const void *b, void *data)
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
    int r = order ? raw_reserve(&sorted, entries->n) : err_r(ENOMEM, "cannot sort map entries");

    if (r < 0)
        return r;
    for (size_t i = 0; i < entries->n; i++)
        order[i] = i;
    qsort_r(order, entries->n, sizeof(*order), raw_compare, entries);
    for (size_t i = 0; i < entries->n; i++)
        if (i == 0 || raw_compare(&order[i - 1], &order[i], entries) != 0)
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

static int raw_read_batches(const struct map_handle *handle, const char *name,
                            struct map_entries *entries)
{
    /* The kernel's place in the map: a bucket's number, or a key of an array. */
    uint32_t token = 0, *in = NULL;
    uint32_t batch = RAW_BATCH;

    for (;;) {
        uint32_t count = batch;
        int r = raw_reserve(entries, batch);

        if (r < 0)
            return r;
        r = bpf_map_lookup_batch(handle->fd, in, &token,
                                 entries->keys + entries->n * entries->key_size,
                                 entries->values + entries->n * entries->value_size, &count, NULL);
        /* A bucket that does not fit: again with more room. */
        if (r == -ENOSPC && batch < handle->info.max_entries) {
            batch *= 2;
            continue;
        }
        if (r < 0 && r != -ENOENT)
            return err_r(r, "cannot read map '%s'", name);
        entries->n += count;
        if (r == -ENOENT)
            return 0;
        in = &token;
    }
}

/*
 * A sockhash has neither batches nor values to read. Entries come and go meanwhile: when the key to
 * go on from is gone the kernel begins anew, so the walk has a limit and its double keys are
 * dropped by the sort.
 */
static int raw_walk_keys(const struct map_handle *handle, const char *name,
                         struct map_entries *entries)
{
    _cleanup_free_ uint8_t *key = malloc(entries->key_size);
    const void *previous = NULL;
    size_t limit = 4 * (size_t)handle->info.max_entries;

    if (!key)
        return err_r(ENOMEM, "cannot read map '%s'", name);
    while (limit--) {
        int r = bpf_map_get_next_key(handle->fd, previous, key);

        if (r == -ENOENT)
            return 0;
        if (r < 0)
            return err_r(r, "cannot read map '%s'", name);
        r = map_entries_add(entries, key, NULL);
        if (r < 0)
            return r;
        previous = key;
    }
    return 0;
}

static int raw_read_slots(const struct map_handle *handle, const char *name,
                          struct map_entries *entries)
{
    for (uint32_t slot = 0; slot < handle->info.max_entries; slot++) {
        uint32_t id;
        int r = bpf_map_lookup_elem(handle->fd, &slot, &id);

        if (r == 0)
            r = map_entries_add(entries, &slot, &id);
        else if (r == -ENOENT)
            r = 0;
        else
            r = err_r(r, "cannot read map '%s'", name);
        if (r < 0)
            return r;
    }
    return 0;
}

static int raw_read(const struct map_handle *handle, const char *name, struct map_entries *entries)
{
    switch (handle->info.type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_ARRAY:
        return raw_read_batches(handle, name, entries);
    case BPF_MAP_TYPE_SOCKHASH:
        entries->value_size = 0;
        return raw_walk_keys(handle, name, entries);
    case BPF_MAP_TYPE_PROG_ARRAY:
        return raw_read_slots(handle, name, entries);
    default:
        return err_say(EOPNOTSUPP, "map '%s' is of type %u, which has no entries to read", name,
                       handle->info.type);
    }
}

int map_read_entries(const struct map_handle *handle, const char *name, struct map_entries *out)
{
    _cleanup_(map_entries_free) struct map_entries entries = {
        .key_size = handle->info.key_size, .value_size = handle->info.value_size};
    int r = raw_read(handle, name, &entries);

    if (r == 0)
        r = map_entries_sort(&entries);
    if (r < 0)
        return r;
    *out = entries;
    entries = (struct map_entries){};
    return 0;
}

int map_write_entries(const struct map_handle *handle, const char *name,
                      const struct map_entries *entries)
{
    uint32_t count = (uint32_t)entries->n;
    int r;

    if (count == 0)
        return 0;
    r = bpf_map_update_batch(handle->fd, entries->keys, entries->values, &count, NULL);
    if (r < 0)
        return err_r(r, "cannot write entry %u of %zu to map '%s' (room for %u)", count + 1,
                     entries->n, name, handle->info.max_entries);
    return 0;
}

/* The entries of `all` that `other` does not have: not the key, or with `values` not the same. */
static int raw_difference(const struct map_entries *all, const struct map_entries *other,
                          bool values, struct map_entries *out)
{
    int r = 0;

    *out = (struct map_entries){.key_size = all->key_size, .value_size = all->value_size};
    for (size_t i = 0; r == 0 && i < all->n; i++) {
        ssize_t at = map_entries_find(other, map_entries_key(all, i));
        bool same = at >= 0 &&
                    (!values || memcmp(map_entries_value(all, i),
                                       map_entries_value(other, (size_t)at), all->value_size) == 0);

        if (!same)
            r = map_entries_add(out, map_entries_key(all, i), map_entries_value(all, i));
    }
    return r;
}

static int raw_delete(const struct map_handle *handle, const char *name,
                      const struct map_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++) {
        int r = bpf_map_delete_elem(handle->fd, map_entries_key(entries, i));

        if (r < 0 && r != -ENOENT)
            return err_r(r, "cannot delete from map '%s'", name);
    }
    return 0;
}

int map_change_entries(const struct map_handle *handle, const char *name,
                       const struct map_entries *was, const struct map_entries *now)
{
    _cleanup_(map_entries_free) struct map_entries gone = {}, changed = {};
    int r = raw_difference(was, now, false, &gone);

    if (r == 0)
        r = raw_difference(now, was, true, &changed);
    if (r == 0)
        r = raw_delete(handle, name, &gone);
    return r < 0 ? r : map_write_entries(handle, name, &changed);
}
