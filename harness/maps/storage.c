// SPDX-License-Identifier: Apache-2.0
#include "maps/storage.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "maps/decode.h"
#include "maps/encode.h"
#include "maps/handle.h"

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
