// SPDX-License-Identifier: Apache-2.0
#include "lab/other.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cgroup/cgroup.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "objects/bytes.h"
#include "objects/judge.h"
#include "objects/source.h"
#include "objects/verifier_log.h"
#include "place/bpffs.h"

#define OTHER_DIR "_other"

struct other {
    const struct lab *lab;
    struct object_bytes bytes;
    struct bpf_object *object;
    char *path, *dir;
    int cgroup_fd;
};

static void other_close(struct other *other)
{
    bpf_object__close(other->object);
    object_bytes_free(&other->bytes);
    free(other->path);
    free(other->dir);
    if (other->cgroup_fd >= 0)
        close(other->cgroup_fd);
}

/* The name of one of ours is one word. */
static int other_find(struct other *other, const char *object)
{
    _cleanup_free_ char *own = NULL;
    int r;

    if (strchr(object, '/')) {
        other->path = strdup(object);
        return other->path ? 0 : err_r(ENOMEM, "cannot open '%s'", object);
    }
    r = programs_own_dir("other", &own);
    if (r < 0)
        return r;
    if (asprintf(&other->path, "%s/%s.bpf.o", own, object) < 0) {
        other->path = NULL;
        return err_r(ENOMEM, "cannot open '%s'", object);
    }
    return 0;
}

static int other_open(struct other *other, const char *object)
{
    struct elf_look look = {};
    int r = other_find(other, object);

    if (r < 0)
        return r;
    r = object_bytes_read(other->path, OBJECT_SIZE_MAX, &other->bytes);
    if (r < 0)
        return r;
    if (!other->bytes.data)
        return err_say(EINVAL, "'%s' is no file", other->path);
    r = objects_judge(other->path, &other->bytes, 1, strchr(object, '/') != NULL, &look);
    if (r < 0)
        return r;
    return object_open(&other->bytes, NULL, &other->object);
}

static int other_load(struct other *other)
{
    _cleanup_(verifier_logs_free) struct verifier_logs logs = {};
    _cleanup_(program_refusal_free) struct program_refusal refusal = {};
    int r = verifier_logs_new(other->object, &logs);

    if (r < 0)
        return r;
    programs_log_forget();
    r = bpf_object__load(other->object);
    if (r == 0)
        return 0;
    return verifier_logs_error(&logs, r, other->path, other->lab->state_dir, &refusal);
}

static int other_cgroup(struct other *other, const char *where)
{
    const struct topology_node *node = topology_node(other->lab->topology, where);
    const struct topology_pod *pod;
    int r;

    if (strcmp(where, other->lab->name) == 0)
        return cgroup_open_lab(other->lab, &other->cgroup_fd);
    if (node)
        return cgroup_open_node(other->lab, node, &other->cgroup_fd);
    r = lab_pod(other->lab, where, &pod);
    return r < 0 ? r : cgroup_open_pod(other->lab, pod, &other->cgroup_fd);
}

/* A sockhash lets go of its programs when user space has let go of it: it is pinned. */
static int other_attach_to_map(const struct other *other, const struct bpf_program *program,
                               const struct bpf_map *map)
{
    _cleanup_strings_ struct strings pinned = {};
    int r = bpf_prog_attach(bpf_program__fd(program), bpf_map__fd(map),
                            bpf_program__expected_attach_type(program), 0);

    if (r < 0)
        return err_bpf(r, "cannot attach %s to map '%s'", bpf_program__name(program),
                       bpf_map__name(map));
    r = bpffs_names(other->dir, &pinned);
    if (r < 0 || strings_have(&pinned, bpf_map__name(map)))
        return r;
    return bpffs_pin(bpf_map__fd(map), other->dir, bpf_map__name(map));
}

static int other_attach_to_maps(const struct other *other, const struct bpf_program *program)
{
    const struct bpf_map *map;
    size_t attached = 0;

    bpf_object__for_each_map(map, other->object)
    {
        int r;

        if (bpf_map__type(map) != BPF_MAP_TYPE_SOCKHASH &&
            bpf_map__type(map) != BPF_MAP_TYPE_SOCKMAP)
            continue;
        r = other_attach_to_map(other, program, map);
        if (r < 0)
            return r;
        attached++;
    }
    return attached ? 0
                    : err_say(EINVAL, "'%s' has no sockhash to attach %s to", other->path,
                              bpf_program__name(program));
}

static int other_attach_to_cgroup(const struct other *other, const struct bpf_program *program)
{
    enum bpf_attach_type type = bpf_program__expected_attach_type(program);
    _cleanup_close_ int link =
        bpf_link_create(bpf_program__fd(program), other->cgroup_fd, type, NULL);

    if (link < 0)
        return err_bpf(link, "cannot attach %s of '%s'", bpf_program__name(program), other->path);
    return bpffs_pin(link, other->dir, bpf_program__name(program));
}

static int other_attach_program(const struct other *other, const struct bpf_program *program)
{
    switch (bpf_program__type(program)) {
    case BPF_PROG_TYPE_SK_MSG:
    case BPF_PROG_TYPE_SK_SKB:
        return other_attach_to_maps(other, program);
    case BPF_PROG_TYPE_SOCK_OPS:
    case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
    case BPF_PROG_TYPE_CGROUP_SOCK:
    case BPF_PROG_TYPE_CGROUP_SKB:
    case BPF_PROG_TYPE_CGROUP_SOCKOPT:
        return other_attach_to_cgroup(other, program);
    default:
        return err_say(EINVAL,
                       "%s of '%s' belongs neither to a cgroup nor to a sockhash: it cannot be "
                       "attached here",
                       bpf_program__name(program), other->path);
    }
}

/* The pins are one directory for each place: DIR/WHERE-OBJECT. */
static int other_make_dir(struct other *other, const char *where)
{
    _cleanup_free_ char *all = NULL;
    _cleanup_strings_ struct strings there = {};
    char name[TOPOLOGY_NAME_MAX + 24];
    int r = bpffs_path(other->lab->bpf_dir, OTHER_DIR, &all);

    if (r < 0)
        return r;
    snprintf(name, sizeof(name), "%s-%08x", where, (unsigned int)other->bytes.digest.low64);
    r = bpffs_path(all, name, &other->dir);
    if (r < 0)
        return r;
    r = bpffs_names(other->dir, &there);
    if (r < 0)
        return r;
    if (there.n)
        return err_say(EEXIST, "'%s' is attached to '%s' already", other->path, where);
    return bpffs_mkdir(other->dir);
}

static int other_attach_all(const struct other *other)
{
    struct bpf_program *program;

    bpf_object__for_each_program(program, other->object)
    {
        int r = other_attach_program(other, program);

        if (r < 0)
            return r;
    }
    return 0;
}

static int other_build(struct other *other, const char *object, const char *where)
{
    int r = other_open(other, object);

    if (r < 0)
        return r;
    r = other_cgroup(other, where);
    if (r < 0)
        return r;
    r = other_load(other);
    if (r < 0)
        return r;
    r = other_make_dir(other, where);
    if (r < 0)
        return r;
    r = other_attach_all(other);
    if (r < 0)
        bpffs_remove(other->dir);
    return r;
}

int other_attach(const struct lab *lab, const char *object, const char *where)
{
    _cleanup_(other_close) struct other other = {.lab = lab, .cgroup_fd = -1};

    programs_log_init();
    return other_build(&other, object, where);
}

int other_detach(const struct lab *lab)
{
    _cleanup_free_ char *dir = NULL;
    int r = bpffs_path(lab->bpf_dir, OTHER_DIR, &dir);

    if (r < 0)
        return r;
    programs_log_init();
    return bpffs_remove(dir);
}
