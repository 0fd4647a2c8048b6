// SPDX-License-Identifier: Apache-2.0
#include "field/capture_maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "maps/raw.h"

/* What the contract does not know is taken when it is an array of at most so many bytes. */
#define CAPTURE_ARRAY_MAX 65536

static int capture_open_pin(const char *path)
{
    LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);

    return bpf_obj_get_opts(path, &options);
}

/* An fd of BPF says what it is in its name only. */
static bool capture_is_map(int fd)
{
    char path[64], target[64];
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    n = readlink(path, target, sizeof(target) - 1);
    if (n < 0)
        return false;
    target[n] = '\0';
    return strstr(target, "bpf-map") != NULL;
}

static bool capture_wants(const struct map_handle *handle)
{
    switch (handle->info.type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LPM_TRIE:
    case BPF_MAP_TYPE_SOCKHASH:
        return handle->layout != NULL;
    case BPF_MAP_TYPE_ARRAY:
        return (uint64_t)handle->info.max_entries * handle->info.value_size <= CAPTURE_ARRAY_MAX;
    default:
        return false;
    }
}

static int capture_fill(const struct map_handle *handle, const char *name, struct bundle_map *map)
{
    map->name = strdup(map_contract_name(name));
    map->called = strdup(name);
    map->id = handle->info.id;
    map->type = handle->info.type;
    map->key_size = handle->info.key_size;
    map->value_size = handle->info.value_size;
    map->max_entries = handle->info.max_entries;
    map->layout = handle->layout;
    if (!map->name || !map->called)
        return err_r(ENOMEM, "cannot capture map '%s'", name);
    map->has_entries = capture_wants(handle);
    return map->has_entries ? map_read_entries(handle, name, &map->entries) : 0;
}

int capture_map_open(const char *dir, const char *name, struct bundle_map *out, bool *is_map)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    _cleanup_(bundle_map_free) struct bundle_map map = {};
    _cleanup_free_ char *path = NULL;
    int fd, r;

    *is_map = false;
    if (text_format(&path, "%s/%s", dir, name) < 0)
        return -ENOMEM;
    fd = capture_open_pin(path);
    if (fd == -EPERM)
        return err_r(fd, "cannot open '%s'", path);
    if (fd < 0)
        return 0; /* a directory, a program, a link */
    *is_map = capture_is_map(fd);
    if (!*is_map) {
        close(fd);
        return 0;
    }
    r = map_handle_from_fd(fd, name, &handle);
    if (r < 0)
        return r;
    r = capture_fill(&handle, name, &map);
    if (r < 0)
        return r;
    *out = map;
    map = (struct bundle_map){};
    return 0;
}
