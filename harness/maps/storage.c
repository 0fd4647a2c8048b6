// SPDX-License-Identifier: Apache-2.0
#include "maps/storage.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/json.h"
#include "common/log.h"
#include "common/strings.h"
#include "common/text.h"
#include "maps/decode.h"
#include "maps/encode.h"
#include "maps/handle.h"

#define STORAGE_AGO "_ago_ms"

static int storage_open(const struct lab *lab, const struct topology_node *node, const char *name,
                        struct map_handle *handle, uint8_t **value)
{
    int r = map_handle_open(lab, node, name, handle);

    if (r < 0)
        return r;
    if (handle->info.type != BPF_MAP_TYPE_SK_STORAGE)
        return err_say(EINVAL, "map '%s' is no storage of sockets", name);
    *value = calloc(1, handle->info.value_size + 1);
    return *value ? 0 : err_r(ENOMEM, "cannot read map '%s'", name);
}

/* -ENOKEY says nothing. */
static int storage_read(const struct map_handle *handle, const char *name, int fd, void *value)
{
    int r = bpf_map_lookup_elem(handle->fd, &fd, value);

    if (r == -ENOENT)
        return -ENOKEY;
    return r < 0 ? err_r(r, "cannot read map '%s'", name) : 0;
}

int map_get_of_socket(const struct lab *lab, const struct topology_node *node, const char *name,
                      int fd, json_t **value)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    _cleanup_free_ uint8_t *bytes = NULL;
    int r = storage_open(lab, node, name, &handle, &bytes);

    if (r < 0)
        return r;
    r = storage_read(&handle, name, fd, bytes);
    if (r < 0)
        return r;
    *value = map_fields_json(map_handle_value_fields(&handle), handle.order, bytes,
                             handle.info.value_size);
    return *value ? 0 : err_r(ENOMEM, "cannot show map '%s'", name);
}

int map_set_of_socket(const struct lab *lab, const struct topology_node *node, const char *name,
                      int fd, const json_t *value)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    _cleanup_free_ uint8_t *bytes = NULL;
    int r = storage_open(lab, node, name, &handle, &bytes);

    if (r < 0)
        return r;
    r = storage_read(&handle, name, fd, bytes);
    if (r < 0 && r != -ENOKEY)
        return r;
    r = map_decode_json(map_handle_value_fields(&handle), handle.order, value, bytes,
                        handle.info.value_size);
    if (r < 0)
        return r;
    r = bpf_map_update_elem(handle.fd, &fd, bytes, BPF_ANY);
    return r < 0 ? err_r(r, "cannot write map '%s'", name) : 0;
}

static int storage_time_ago(json_t *value, const char *key, size_t stem, int64_t now_ns)
{
    _cleanup_free_ char *field = NULL;
    int64_t ms = 0;
    int r = json_get_integer(value, key, 0, now_ns / 1000000, &ms);

    if (r < 0)
        return r;
    r = text_format(&field, "%.*s_ns", (int)stem, key);
    if (r < 0)
        return r;
    if (json_object_get(value, field))
        return err_say(EINVAL, "'%s' and '%s' are both there", key, field);
    json_object_set_new(value, field, json_integer(now_ns - ms * 1000000));
    return 0;
}

/* The keys first: what is added while an object is walked may be walked, too. */
int map_times_ago(json_t *value)
{
    _cleanup_strings_ struct strings keys = {0};
    int64_t now_ns = clock_ns(); /* the programs' clock, too */
    const char *key;
    json_t *member;

    json_object_foreach (value, key, member) {
        if (strings_add(&keys, key) < 0)
            return err_r(ENOMEM, "cannot read '%s'", key);
    }
    for (size_t i = 0; i < keys.n; i++) {
        size_t length = strlen(keys.items[i]), tail = strlen(STORAGE_AGO);
        int r;

        if (length <= tail || strcmp(keys.items[i] + length - tail, STORAGE_AGO) != 0)
            continue;
        r = storage_time_ago(value, keys.items[i], length - tail, now_ns);
        if (r < 0)
            return r;
        json_object_del(value, keys.items[i]);
    }
    return 0;
}
