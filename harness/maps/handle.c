// SPDX-License-Identifier: Apache-2.0
#include "maps/handle.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "maps/ports.h"
#include "place/bpffs.h"

int maps_dir(const struct lab *lab, const struct topology_node *node, char **out)
{
    return text_format(out, "%s/%s/maps", lab->bpf_dir, node->name);
}

static bool handle_is_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return false;
    return *name != '\0';
}

static int handle_say_absent(const char *dir, const char *name)
{
    _cleanup_strings_ struct strings names = {0};
    _cleanup_free_ char *list = NULL;
    size_t length;
    FILE *stream = open_memstream(&list, &length);

    if (!stream)
        return err_r(ENOMEM, "there is no map '%s'", name);
    if (bpffs_names(dir, &names) == 0)
        for (size_t i = 0; i < names.n; i++)
            fprintf(stream, "%s%s", i ? ", " : "", names.items[i]);
    fclose(stream);
    if (names.n == 0)
        return err_say(ENOENT, "there is no map '%s': no programs are attached there", name);
    return err_say(ENOENT, "there is no map '%s'; there are: %s", name, list);
}

int map_open(const struct lab *lab, const struct topology_node *node, const char *name, int *out_fd)
{
    _cleanup_free_ char *dir = NULL;
    int r = maps_dir(lab, node, &dir);

    if (r < 0)
        return r;
    r = handle_is_name(name) ? bpffs_open(dir, name, out_fd) : -ENOENT;
    if (r == -ENOENT)
        return handle_say_absent(dir, name);
    return r < 0 ? err_r(r, "cannot open map '%s'", name) : 0;
}

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

int map_handle_open(const struct lab *lab, const struct topology_node *node, const char *name,
                    struct map_handle *out)
{
    int fd;
    int r = map_open(lab, node, name, &fd);

    if (r < 0)
        return r;
    r = map_handle_from_fd(fd, name, out);
    if (r < 0)
        return r;
    out->order = map_ports_order(lab);
    return 0;
}

const struct map_field *map_handle_key_fields(const struct map_handle *handle)
{
    return handle->layout ? handle->layout->key : NULL;
}

const struct map_field *map_handle_value_fields(const struct map_handle *handle)
{
    return handle->layout ? handle->layout->value : NULL;
}
