// SPDX-License-Identifier: Apache-2.0
#include "lab/witness.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "place/bpffs.h"
#include "cgroup/cgroup.h"
#include "lab/programs.h"
#include "objects/verifier_log.h"
#include "witness/log.h"

#define WITNESS_DIR  "_witness"
#define WITNESS_LOGS "witness_logs"

struct witness_hook_row {
    const char *name; /* of the hook; programs are before_HOOK and after_HOOK */
    enum bpf_attach_type attach;
};

static const struct witness_hook_row witness_hooks[] = {
    {"connect4", BPF_CGROUP_INET4_CONNECT},
    {"connect6", BPF_CGROUP_INET6_CONNECT},
};

struct witness {
    const struct lab *lab;
    struct bpf_object *object;
    char *dir, *links_dir;
};

static void witness_close(struct witness *w)
{
    bpf_object__close(w->object);
    free(w->dir);
    free(w->links_dir);
}

static int witness_make_dirs(struct witness *w)
{
    int r = bpffs_path(w->lab->bpf_dir, WITNESS_DIR, &w->dir);

    if (r < 0)
        return r;
    r = bpffs_path(w->dir, "links", &w->links_dir);
    return r < 0 ? r : bpffs_mkdir(w->links_dir);
}

static int witness_open_object(struct witness *w)
{
    _cleanup_free_ char *own = NULL, *path = NULL;
    struct bpf_map *logs;
    int r = programs_own_dir("witness", &own);

    if (r < 0)
        return r;
    r = bpffs_path(own, "witness.bpf.o", &path);
    if (r < 0)
        return r;
    w->object = bpf_object__open_file(path, NULL);
    if (!w->object)
        return err_r(errno, "cannot open '%s'", path);
    logs = bpf_object__find_map_by_name(w->object, WITNESS_LOGS);
    if (!logs || bpf_map__value_size(logs) != sizeof(struct witness_log))
        return err_say(EPROTO, "'%s' is not of this version of waypost", path);
    bpf_map__set_max_entries(logs, (uint32_t)w->lab->topology->n_pods);
    return 0;
}

/* Pinned for whoever wants to see what is attached; the links hold them anyway. */
static int witness_pin_programs(const struct witness *w)
{
    _cleanup_free_ char *dir = NULL;
    struct bpf_program *program;
    int r = bpffs_path(w->dir, "programs", &dir);

    if (r < 0)
        return r;
    r = bpffs_mkdir(dir);
    if (r < 0)
        return r;
    bpf_object__for_each_program(program, w->object)
    {
        r = bpffs_pin(bpf_program__fd(program), dir, bpf_program__name(program));
        if (r < 0)
            return r;
    }
    return 0;
}

static int witness_load(struct witness *w)
{
    _cleanup_(verifier_logs_free) struct verifier_logs logs = {};
    _cleanup_(program_refusal_free) struct program_refusal refusal = {};
    int r = witness_open_object(w);

    if (r < 0)
        return r;
    r = verifier_logs_new(w->object, &logs);
    if (r < 0)
        return r;
    programs_log_forget();
    r = bpf_object__load(w->object);
    if (r < 0)
        return verifier_logs_error(&logs, r, "witness.bpf.o", w->lab->state_dir, &refusal);
    r = bpffs_pin(bpf_object__find_map_fd_by_name(w->object, WITNESS_LOGS), w->dir, WITNESS_LOGS);
    return r < 0 ? r : witness_pin_programs(w);
}

/* One program to one cgroup; the link is pinned as PREFIX_HOOK. */
static int witness_attach_hook(const struct witness *w, const struct witness_hook_row *hook,
                               const char *place, const char *prefix, int cgroup_fd)
{
    char program_name[32], pin[TOPOLOGY_NAME_MAX + 32];
    const struct bpf_program *program;
    _cleanup_close_ int link = -1;

    snprintf(program_name, sizeof(program_name), "%s_%s", place, hook->name);
    snprintf(pin, sizeof(pin), "%s_%s", prefix, hook->name);
    program = bpf_object__find_program_by_name(w->object, program_name);
    if (!program)
        return err_say(EINVAL, "witness.bpf.o has no %s", program_name);
    link = bpf_link_create(bpf_program__fd(program), cgroup_fd, hook->attach, NULL);
    if (link < 0)
        return err_r(link, "cannot attach the witness %s as '%s'", program_name, pin);
    return bpffs_pin(link, w->links_dir, pin);
}

static int witness_attach(const struct witness *w, const char *place, const char *prefix,
                          int cgroup_fd)
{
    for (size_t i = 0; i < ARRAY_SIZE(witness_hooks); i++) {
        int r = witness_attach_hook(w, &witness_hooks[i], place, prefix, cgroup_fd);

        if (r < 0)
            return r;
    }
    return 0;
}

static int witness_add_pod(const struct witness *w, const struct topology_pod *pod)
{
    _cleanup_close_ int cgroup_fd = -1;
    char prefix[TOPOLOGY_NAME_MAX + 16];
    int r = cgroup_open_pod(w->lab, pod, &cgroup_fd);

    if (r < 0)
        return r;
    snprintf(prefix, sizeof(prefix), "before_%s", pod->name);
    return witness_attach(w, "before", prefix, cgroup_fd);
}

static int witness_build(struct witness *w)
{
    _cleanup_close_ int cgroup_fd = -1;
    int r = witness_make_dirs(w);

    if (r < 0)
        return r;
    r = witness_load(w);
    if (r < 0)
        return r;
    r = cgroup_open_lab(w->lab, &cgroup_fd);
    if (r < 0)
        return r;
    r = witness_attach(w, "after", "after", cgroup_fd);
    if (r < 0)
        return r;
    for (size_t i = 0; i < w->lab->topology->n_pods; i++) {
        r = witness_add_pod(w, &w->lab->topology->pods[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

int witness_up(const struct lab *lab)
{
    _cleanup_(witness_close) struct witness w = {.lab = lab};
    int r;

    programs_log_init();
    r = witness_build(&w);
    if (r < 0)
        witness_down(lab);
    return r;
}

int witness_down(const struct lab *lab)
{
    _cleanup_free_ char *dir = NULL;
    int r = bpffs_path(lab->bpf_dir, WITNESS_DIR, &dir);

    programs_log_init();
    if (r < 0)
        return r;
    r = bpffs_remove(dir);
    bpffs_rmdir_if_empty(lab->bpf_dir);
    return r;
}

int witness_open_ring(const struct lab *lab, const struct topology_pod *pod, int *out_fd)
{
    _cleanup_free_ char *dir = NULL;
    int r = bpffs_path(lab->bpf_dir, WITNESS_DIR, &dir);

    if (r < 0)
        return r;
    r = bpffs_open(dir, WITNESS_LOGS, out_fd);
    return r < 0 ? err_r(r, "cannot open the witnesses' log of '%s'", pod->name) : 0;
}
