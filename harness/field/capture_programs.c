// SPDX-License-Identifier: Apache-2.0
/*
 * The programs of a datapath are those that use its maps. Where they are attached is asked of every
 * cgroup: there is no other way that needs no links.
 */
#include "field/capture_programs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "field/capture_node.h"
#include "field/capture_settings.h"

#define PROGRAMS_MAPS_MAX    64
#define PROGRAMS_MAX         256
#define PROGRAMS_PER_CGROUP  64
#define PROGRAMS_CGROUPS_MAX 20000

static const struct {
    enum bpf_attach_type type;
    const char *name;
} programs_hooks[] = {
    {BPF_CGROUP_INET4_CONNECT, "cgroup/connect4"},
    {BPF_CGROUP_INET6_CONNECT, "cgroup/connect6"},
    {BPF_CGROUP_SOCK_OPS, "sockops"},
    {BPF_CGROUP_UDP4_SENDMSG, "cgroup/sendmsg4"},
    {BPF_CGROUP_UDP4_RECVMSG, "cgroup/recvmsg4"},
    {BPF_CGROUP_UDP6_SENDMSG, "cgroup/sendmsg6"},
    {BPF_CGROUP_UDP6_RECVMSG, "cgroup/recvmsg6"},
    {BPF_CGROUP_INET_INGRESS, "cgroup_skb/ingress"},
    {BPF_CGROUP_INET_EGRESS, "cgroup_skb/egress"},
};

static bool programs_uses(const struct bpf_prog_info *info, const uint32_t *used,
                          const uint32_t *ids, size_t n)
{
    for (uint32_t i = 0; i < info->nr_map_ids && i < PROGRAMS_MAPS_MAX; i++)
        for (size_t j = 0; j < n; j++)
            if (used[i] == ids[j])
                return true;
    return false;
}

static json_t *programs_row(const struct bpf_prog_info *info, const uint32_t *used)
{
    json_t *maps = json_array();
    char tag[2 * sizeof(info->tag) + 1] = "";

    for (size_t i = 0; i < sizeof(info->tag); i++)
        snprintf(tag + 2 * i, 3, "%02x", info->tag[i]);
    for (uint32_t i = 0; i < info->nr_map_ids && i < PROGRAMS_MAPS_MAX; i++)
        json_array_append_new(maps, json_integer(used[i]));
    return json_pack("{s:I, s:s, s:I, s:s, s:[], s:o}", "id", (json_int_t)info->id, "name",
                     info->name, "type", (json_int_t)info->type, "tag", tag, "attached", "maps",
                     maps);
}

/* One program, if it is there still and is of the datapath. */
static int programs_look(uint32_t id, const uint32_t *ids, size_t n, json_t *programs,
                         json_t *settings)
{
    uint32_t used[PROGRAMS_MAPS_MAX];
    struct bpf_prog_info info = {.map_ids = (uintptr_t)used, .nr_map_ids = PROGRAMS_MAPS_MAX};
    uint32_t length = sizeof(info);
    _cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);

    if (fd < 0)
        return fd == -ENOENT ? 0 : err_r(fd, "cannot look at program %u", id);
    if (bpf_obj_get_info_by_fd(fd, &info, &length) < 0 || !programs_uses(&info, used, ids, n))
        return 0;
    if (json_array_append_new(programs, programs_row(&info, used)) < 0)
        return err_r(ENOMEM, "cannot list the programs");
    return capture_settings(
        used, info.nr_map_ids < PROGRAMS_MAPS_MAX ? info.nr_map_ids : PROGRAMS_MAPS_MAX, settings);
}

/* nftw() has no room for data. */
static struct {
    json_t *programs;
    size_t root_length, n;
} programs_walk;

static json_t *programs_find(uint32_t id)
{
    json_t *row;
    size_t i;

    json_array_foreach (programs_walk.programs, i, row) {
        if (json_integer_value(json_object_get(row, "id")) == id)
            return row;
    }
    return NULL;
}

static void programs_attached(int fd, const char *cgroup, size_t hook)
{
    uint32_t ids[PROGRAMS_PER_CGROUP], n = PROGRAMS_PER_CGROUP, flags;

    if (bpf_prog_query(fd, programs_hooks[hook].type, 0, &flags, ids, &n) < 0)
        return;
    for (uint32_t i = 0; i < n; i++) {
        json_t *row = programs_find(ids[i]);

        if (row)
            json_array_append_new(json_object_get(row, "attached"),
                                  json_pack("{s:s, s:s}", "cgroup", *cgroup ? cgroup : "/", "type",
                                            programs_hooks[hook].name));
    }
}

static int programs_cgroup(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    _cleanup_close_ int fd = -1;

    (void)st;
    (void)ftw;
    if (type != FTW_D)
        return 0;
    if (programs_walk.n++ >= PROGRAMS_CGROUPS_MAX)
        return 1;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < ARRAY_SIZE(programs_hooks); i++)
        programs_attached(fd, path + programs_walk.root_length, i);
    return 0;
}

static void programs_find_cgroups(json_t *programs)
{
    _cleanup_free_ char *root = capture_cgroup_root();

    if (!root || json_array_size(programs) == 0)
        return;
    programs_walk.programs = programs;
    programs_walk.root_length = strlen(root);
    programs_walk.n = 0;
    if (nftw(root, programs_cgroup, 32, FTW_PHYS | FTW_MOUNT) == 1)
        log_warning("only %d cgroups were looked at for attached programs", PROGRAMS_CGROUPS_MAX);
}

/* sk_msg is attached to the sockhash itself. */
static void programs_find_sockhashes(const uint32_t *ids, size_t n, json_t *programs)
{
    programs_walk.programs = programs;
    for (size_t i = 0; i < n; i++) {
        _cleanup_close_ int fd = bpf_map_get_fd_by_id(ids[i]);
        uint32_t program, count = 1, flags;
        json_t *row;

        if (fd < 0 || bpf_prog_query(fd, BPF_SK_MSG_VERDICT, 0, &flags, &program, &count) < 0)
            continue;
        row = count ? programs_find(program) : NULL;
        if (row)
            json_array_append_new(
                json_object_get(row, "attached"),
                json_pack("{s:I, s:s}", "map", (json_int_t)ids[i], "type", "sk_msg"));
    }
}

/* XDP is attached within pods. */
static void programs_find_interfaces(const json_t *node, json_t *programs)
{
    const json_t *ns, *xdp;
    size_t i, j;

    programs_walk.programs = programs;
    json_array_foreach (json_object_get(node, "namespaces"), i, ns) {
        json_array_foreach (json_object_get(ns, "xdp"), j, xdp) {
            json_int_t id = json_integer_value(json_object_get(xdp, "program"));
            json_t *row = programs_find((uint32_t)id);

            if (row)
                json_array_append_new(json_object_get(row, "attached"),
                                      json_pack("{s:O, s:O, s:s}", "interface",
                                                json_object_get(xdp, "interface"), "namespace",
                                                json_object_get(ns, "inode"), "type", "xdp"));
        }
    }
}

int capture_programs(const uint32_t *ids, size_t n, const json_t *node, json_t **programs,
                     json_t **settings)
{
    _cleanup_json_ json_t *list = json_array(), *globals = json_object();
    uint32_t id = 0;
    int r = list && globals ? 0 : err_r(ENOMEM, "cannot list the programs");

    while (r == 0 && json_array_size(list) < PROGRAMS_MAX && bpf_prog_get_next_id(id, &id) == 0)
        r = programs_look(id, ids, n, list, globals);
    if (r < 0)
        return r;
    programs_find_cgroups(list);
    programs_find_sockhashes(ids, n, list);
    programs_find_interfaces(node, list);
    *programs = TAKE_PTR(list);
    *settings = TAKE_PTR(globals);
    return 0;
}
