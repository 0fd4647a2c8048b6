// SPDX-License-Identifier: Apache-2.0
#include "maps/raw.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

#define RAW_BATCH 1024

static int raw_read_batches(const struct map_handle *handle, const char *name,
                            struct map_entries *entries)
{
    /* The kernel's place in the map: a bucket's number, or a key of an array. */
    uint32_t token = 0, *in = NULL;
    uint32_t batch = RAW_BATCH;

    for (;;) {
        uint32_t count = batch;
        int r = map_entries_reserve(entries, batch);

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
 * A sockhash has neither batches nor values to read, and of a trie's batch the kernel keeps four
 * bytes of the key to go on from. Entries come and go meanwhile: when that key is gone the kernel
 * begins anew, so the walk has a limit and its double keys are dropped by the sort.
 */
static int raw_walk_keys(const struct map_handle *handle, const char *name,
                         struct map_entries *entries)
{
    _cleanup_free_ uint8_t *key = malloc(entries->key_size);
    _cleanup_free_ uint8_t *value = malloc(entries->value_size + 1);
    const void *previous = NULL;
    size_t limit = 4 * (size_t)handle->info.max_entries;

    if (!key || !value)
        return err_r(ENOMEM, "cannot read map '%s'", name);
    while (limit--) {
        int r = bpf_map_get_next_key(handle->fd, previous, key);

        if (r == -ENOENT)
            return 0;
        if (r < 0)
            return err_r(r, "cannot read map '%s'", name);
        r = entries->value_size ? bpf_map_lookup_elem(handle->fd, key, value) : 0;
        r = r == 0 ? map_entries_add(entries, key, value) : 0;
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

        if (r == -ENOENT)
            continue;
        if (r < 0)
            return err_r(r, "cannot read map '%s'", name);
        r = map_entries_add(entries, &slot, &id);
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
    case BPF_MAP_TYPE_LPM_TRIE:
        return raw_walk_keys(handle, name, entries);
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

    if (r < 0)
        return r;
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

    *out = (struct map_entries){.key_size = all->key_size, .value_size = all->value_size};
    for (size_t i = 0; i < all->n; i++) {
        ssize_t at = map_entries_find(other, map_entries_key(all, i));
        bool same = at >= 0 &&
                    (!values || memcmp(map_entries_value(all, i),
                                       map_entries_value(other, (size_t)at), all->value_size) == 0);

        int r = same ? 0 : map_entries_add(out, map_entries_key(all, i), map_entries_value(all, i));

        if (r < 0)
            return r;
    }
    return 0;
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

    if (r < 0)
        return r;
    r = raw_difference(now, was, true, &changed);
    if (r < 0)
        return r;
    r = raw_delete(handle, name, &gone);
    return r < 0 ? r : map_write_entries(handle, name, &changed);
}
