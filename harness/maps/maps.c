// SPDX-License-Identifier: Apache-2.0
#include "maps/maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "maps/decode.h"
#include "maps/encode.h"
#include "maps/journal.h"
#include "maps/raw.h"

/* An entry being read or written. */
struct maps_entry {
    struct map_handle handle;
    uint8_t *key, *value;
};

static void maps_entry_free(struct maps_entry *entry)
{
    map_handle_close(&entry->handle);
    free(entry->key);
    free(entry->value);
}

static int maps_entry_open(const struct lab *lab, const struct topology_node *node,
                           const char *name, const json_t *key, struct maps_entry *entry)
{
    int r = map_handle_open(lab, node, name, &entry->handle);

    if (r < 0)
        return r;
    entry->key = calloc(1, entry->handle.info.key_size + 1);
    entry->value = calloc(1, entry->handle.info.value_size + 1);
    if (!entry->key || !entry->value)
        return err_r(ENOMEM, "cannot read map '%s'", name);
    return map_decode_key(map_handle_key_fields(&entry->handle), entry->handle.order, key,
                          entry->key, entry->handle.info.key_size);
}

/* -ENOKEY when there is none; says nothing then. */
static int maps_entry_read(struct maps_entry *entry, const char *name)
{
    int r = bpf_map_lookup_elem(entry->handle.fd, entry->key, entry->value);

    if (r == -ENOENT)
        return -ENOKEY;
    return r < 0 ? err_r(r, "cannot read map '%s'", name) : 0;
}

/* Looking a key up in a sockhash answers ENOSPC, there or not: its keys have to be walked. */
static int maps_find_in_sockhash(struct maps_entry *entry, const char *name)
{
    _cleanup_(map_entries_free) struct map_entries entries = {};
    int r = map_read_entries(&entry->handle, name, &entries);

    if (r < 0)
        return r;
    return map_entries_find(&entries, entry->key) < 0 ? -ENOKEY : 0;
}

int map_get(const struct lab *lab, const struct topology_node *node, const char *name,
            const json_t *key, json_t **value)
{
    _cleanup_(maps_entry_free) struct maps_entry entry = {.handle.fd = -1};
    bool sockhash;
    int r = maps_entry_open(lab, node, name, key, &entry);

    if (r < 0)
        return r;
    sockhash = entry.handle.info.type == BPF_MAP_TYPE_SOCKHASH;
    r = sockhash ? maps_find_in_sockhash(&entry, name) : maps_entry_read(&entry, name);
    if (r < 0)
        return r;
    *value = sockhash ? json_null()
                      : map_encode_json(map_handle_value_fields(&entry.handle), entry.handle.order,
                                        entry.value, entry.handle.info.value_size);
    return *value ? 0 : err_r(ENOMEM, "cannot read map '%s'", name);
}

/* Values of the others are no data: programs, sockets. */
static int maps_check_writable(const struct map_handle *handle, const char *name)
{
    uint32_t type = handle->info.type;

    if (type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
        type == BPF_MAP_TYPE_LPM_TRIE || type == BPF_MAP_TYPE_ARRAY)
        return 0;
    return err_say(EOPNOTSUPP, "map '%s' is of type %u, which cannot be written", name, type);
}

int map_set(const struct lab *lab, const struct topology_node *node, const char *name,
            const json_t *key, const json_t *value)
{
    _cleanup_(maps_entry_free) struct maps_entry entry = {.handle.fd = -1};
    int r = maps_entry_open(lab, node, name, key, &entry);

    if (r < 0)
        return r;
    r = maps_check_writable(&entry.handle, name);
    if (r < 0)
        return r;
    r = maps_entry_read(&entry, name);
    if (r < 0 && r != -ENOKEY)
        return r;
    r = map_decode_json(map_handle_value_fields(&entry.handle), entry.handle.order, value,
                        entry.value, entry.handle.info.value_size);
    if (r < 0)
        return r;
    r = maps_journal_add(lab, node, name, entry.key, entry.handle.info.key_size);
    if (r < 0)
        return r;
    r = bpf_map_update_elem(entry.handle.fd, entry.key, entry.value, BPF_ANY);
    /* E2BIG: no room; an index behind the end of an array. */
    if (r == -E2BIG)
        return err_say(E2BIG, "map '%s' has room for %u entries only", name,
                       entry.handle.info.max_entries);
    return r < 0 ? err_r(r, "cannot write map '%s'", name) : 0;
}

int map_delete(const struct lab *lab, const struct topology_node *node, const char *name,
               const json_t *key)
{
    _cleanup_(maps_entry_free) struct maps_entry entry = {.handle.fd = -1};
    int r = maps_entry_open(lab, node, name, key, &entry);

    if (r < 0)
        return r;
    if (entry.handle.info.type != BPF_MAP_TYPE_SOCKHASH)
        r = maps_check_writable(&entry.handle, name);
    if (r < 0)
        return r;
    r = maps_journal_add(lab, node, name, entry.key, entry.handle.info.key_size);
    if (r < 0)
        return r;
    r = bpf_map_delete_elem(entry.handle.fd, entry.key);
    if (r == -ENOENT)
        return -ENOKEY;
    return r < 0 ? err_r(r, "cannot delete from map '%s'", name) : 0;
}

/* A key of km_manage that is the address of a pod is that, whatever its bytes look like. */
static bool maps_is_pod_address(const struct lab *lab, const struct map_field *fields,
                                const uint8_t *key)
{
    struct address address;

    if (!fields || fields->kind != FIELD_MANAGE_KEY)
        return false;
    address = address_from_map(key);
    return address.af != AF_UNSPEC && topology_pod_by_address(lab->topology, &address);
}

static json_t *maps_key_json(const struct lab *lab, const struct map_handle *handle,
                             const uint8_t *key)
{
    const struct map_field *fields = map_handle_key_fields(handle);
    struct address address;

    if (!maps_is_pod_address(lab, fields, key))
        return map_encode_json(fields, handle->order, key, handle->info.key_size);
    address = address_from_map(key);
    return json_pack("{s:o}", "address", json_address(&address));
}

static json_t *maps_value_json(const struct map_handle *handle, const struct map_entries *entries,
                               size_t i)
{
    if (entries->value_size == 0)
        return json_null();
    return map_encode_json(map_handle_value_fields(handle), handle->order,
                           map_entries_value(entries, i), entries->value_size);
}

int map_dump(const struct lab *lab, const struct topology_node *node, const char *name,
             json_t **out)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    _cleanup_(map_entries_free) struct map_entries entries = {};
    _cleanup_json_ json_t *array = json_array();
    int r = map_handle_open(lab, node, name, &handle);

    if (r < 0)
        return r;
    r = map_read_entries(&handle, name, &entries);
    if (r < 0)
        return r;
    for (size_t i = 0; i < entries.n; i++) {
        json_t *entry = json_pack("{s:o, s:o}", "key",
                                  maps_key_json(lab, &handle, map_entries_key(&entries, i)),
                                  "value", maps_value_json(&handle, &entries, i));

        if (json_array_append_new(array, entry) < 0)
            return err_r(ENOMEM, "cannot show map '%s'", name);
    }
    *out = TAKE_PTR(array);
    return 0;
}
