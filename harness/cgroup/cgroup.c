// SPDX-License-Identifier: Apache-2.0
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"
#include "cgroup/tree.h"
#include "place/cgroup_root.h"

#define CGROUP_DEADLINE_MS 5000

/* A run that was killed leaves empty cgroups, and they are in nobody's way. */
static int cgroup_clear_old(int run_fd, const char *name)
{
    _cleanup_close_ int fd = -1;
    int r = cgroup_tree_open(run_fd, name, &fd);
    bool populated;

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = cgroup_tree_populated(fd, name, &populated);
    if (r < 0)
        return r;
    if (populated)
        return err_say(EEXIST, "there are processes in a cgroup for a lab '%s' that is not there",
                       name);
    return cgroup_tree_remove(run_fd, name, NULL);
}

static int cgroup_make_lab(const struct lab *lab, int run_fd, int *out_fd)
{
    int r = cgroup_clear_old(run_fd, lab->name);

    return r < 0 ? r : cgroup_tree_make(run_fd, lab->name, out_fd);
}

static int cgroup_make_pod(int node_fd, const char *name)
{
    return mkdirat(node_fd, name, 0755) < 0 ? cgroup_tree_cannot_make(errno, name) : 0;
}

static int cgroup_make_node(const struct topology *t, size_t node, int lab_fd,
                            const struct stop *stop)
{
    _cleanup_close_ int fd = -1;
    int r = cgroup_tree_make(lab_fd, t->nodes[node].name, &fd);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < t->n_pods; i++) {
        if (t->pods[i].node != node)
            continue;
        r = stop_asked(stop);
        if (r == 0)
            r = cgroup_make_pod(fd, t->pods[i].name);
    }
    return r;
}

static int cgroup_make_nodes(const struct topology *t, int lab_fd, const struct stop *stop)
{
    for (size_t i = 0; i < t->n_nodes; i++) {
        int r = cgroup_make_node(t, i, lab_fd, stop);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Holds the lock until there is something in RUN that keeps others from removing it. */
static int cgroup_open_new_lab(const struct lab *lab, int *out_run_fd, int *out_lab_fd)
{
    _cleanup_close_ int root = -1, run = -1, lock = lock_machine();
    int r = lock < 0 ? lock : cgroup_tree_open_root(lab, &root);

    if (r < 0)
        return r;
    r = cgroup_tree_open_run(lab, root, true, &run);
    if (r < 0)
        return r;
    r = cgroup_make_lab(lab, run, out_lab_fd);
    if (r < 0)
        return r;
    *out_run_fd = TAKE_FD(run);
    return 0;
}

int cgroup_up(const struct lab *lab, const struct stop *stop)
{
    _cleanup_close_ int run = -1, dir = -1;
    int r = cgroup_open_new_lab(lab, &run, &dir);

    return r < 0 ? r : cgroup_make_nodes(lab->topology, dir, stop);
}

static int cgroup_kill_lab(const struct lab *lab, int run_fd, const struct stop *stop)
{
    _cleanup_close_ int fd = -1;
    int r = cgroup_tree_open(run_fd, lab->name, &fd);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = cgroup_tree_kill(fd, lab->name, CGROUP_DEADLINE_MS);
    return r < 0 ? r : cgroup_tree_remove(run_fd, lab->name, stop);
}

/* The last lab of a run removes what labs share; rmdir() refuses when it is not the last. */
static int cgroup_remove_shared(const struct lab *lab, int root_fd)
{
    _cleanup_close_ int top = -1, lock = lock_machine();
    int r = lock < 0 ? lock : cgroup_tree_open(root_fd, "waypost", &top);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (unlinkat(top, lab->run, AT_REMOVEDIR) == 0)
        (void)unlinkat(root_fd, "waypost", AT_REMOVEDIR);
    return 0;
}

static int cgroup_take_down(const struct lab *lab, const struct stop *stop)
{
    _cleanup_close_ int root = -1, run = -1;
    int r = cgroup_tree_open_root(lab, &root);

    if (r < 0)
        return r;
    r = cgroup_tree_open_run(lab, root, false, &run);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = cgroup_kill_lab(lab, run, stop);
    return r < 0 ? r : cgroup_remove_shared(lab, root);
}

int cgroup_down(const struct lab *lab, const struct stop *stop)
{
    int r = cgroup_take_down(lab, stop);

    if (r < 0)
        return r;
    cgroup_root_release(lab);
    return 0;
}

int cgroup_enter_pod(const struct lab *lab, const struct topology_pod *pod)
{
    _cleanup_close_ int dir = -1, fd = -1;
    int r = cgroup_open_pod(lab, pod, &dir);

    if (r < 0)
        return r;
    fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) < 0)
        return err_r(errno, "cannot enter the cgroup of pod '%s'", pod->name);
    return 0;
}

static int cgroup_open_dir(const char *path, int *out_fd)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_r(errno, "cannot open cgroup '%s'", path);
    *out_fd = fd;
    return 0;
}

int cgroup_open_lab(const struct lab *lab, int *out_fd)
{
    return cgroup_open_dir(lab->cgroup_dir, out_fd);
}

int cgroup_open_node(const struct lab *lab, const struct topology_node *node, int *out_fd)
{
    _cleanup_free_ char *path = NULL;

    if (text_format(&path, "%s/%s", lab->cgroup_dir, node->name) < 0)
        return -ENOMEM;
    return cgroup_open_dir(path, out_fd);
}

int cgroup_open_pod(const struct lab *lab, const struct topology_pod *pod, int *out_fd)
{
    _cleanup_free_ char *path = NULL;
    int r = lab_pod_cgroup(lab, pod, &path);

    return r < 0 ? r : cgroup_open_dir(path, out_fd);
}
