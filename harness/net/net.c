// SPDX-License-Identifier: Apache-2.0
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "net/build.h"
#include "net/flush.h"
#include "net/ns.h"
#include "net/remove.h"

struct net_job {
    const struct lab *lab;
    const struct stop *stop;
};

static int net_build_job(void *data)
{
    struct net_job *job = data;

    return net_build(job->lab, job->stop);
}

/*
 * A name in /run/netns tells whose it is by nothing but itself, and a waypost with another STATE
 * may have a lab of the same name. So net_up() refuses where there are namespaces of that name
 * already, leaves a mark before it makes the first, and net_down() removes none without the mark.
 */
static int net_mark_path(const struct lab *lab, char **out)
{
    return text_format(out, "%s/network", lab->state_dir);
}

static int net_mark(const struct lab *lab)
{
    _cleanup_free_ char *prefix = NULL, *path = NULL;
    _cleanup_close_ int fd = -1;
    int r = lab_netns_name(lab, "", &prefix);

    if (r < 0)
        return r;
    r = net_ns_refuse(prefix);
    if (r < 0)
        return r;
    r = net_mark_path(lab, &path);
    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? err_r(errno, "cannot make '%s'", path) : 0;
}

int net_up(const struct lab *lab, const struct stop *stop)
{
    struct net_job job = {.lab = lab, .stop = stop};
    int r = net_ns_prepare();

    if (r < 0)
        return r;
    r = net_mark(lab);
    return r < 0 ? r : net_ns_call(net_build_job, &job);
}

/* What is no namespace, or is not there, has no routes: half a lab. */
static int net_empty_node(const struct lab *lab, const char *node)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    int r = text_format(&path, NET_NS_DIR "/waypost.%s.%s", lab->name, node);

    if (r < 0)
        return r;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        return 0;
    r = netlink_new(0, &nl);
    return r < 0 ? r : net_flush_static(nl, node);
}

static int net_empty_nodes(void *data)
{
    struct net_job *job = data;
    const struct topology *t = job->lab->topology;

    for (size_t i = 0; i < t->n_nodes; i++) {
        int r = stop_asked(job->stop);

        if (r == 0)
            r = net_empty_node(job->lab, t->nodes[i].name);
        if (r < 0)
            return r;
    }
    return 0;
}

/* By name and not by topology: that of half a lab may not be there. Names have no dots in them. */
static int net_down_marked(const struct lab *lab, const struct stop *stop, struct net_gone **out)
{
    struct net_job job = {.lab = lab, .stop = stop};
    _cleanup_free_ char *prefix = NULL;
    int r = lab_netns_name(lab, "", &prefix);

    if (r < 0)
        return r;
    r = net_ns_call(net_empty_nodes, &job);
    return r < 0 ? r : net_remove(prefix, stop, out);
}

int net_down_begin(const struct lab *lab, const struct stop *stop, struct net_gone **out)
{
    _cleanup_free_ char *path = NULL;
    int r = net_mark_path(lab, &path);

    if (r < 0)
        return r;
    if (access(path, F_OK) < 0)
        return errno == ENOENT ? 0 : err_r(errno, "cannot look at '%s'", path);
    return net_down_marked(lab, stop, out);
}

int net_down_end(const struct lab *lab, const struct stop *stop, struct net_gone *gone)
{
    _cleanup_free_ char *path = NULL;
    int r = gone ? net_gone_wait(gone, stop) : 0;

    if (r < 0)
        return r;
    r = net_mark_path(lab, &path);
    if (r < 0)
        return r;
    return unlink(path) < 0 && errno != ENOENT ? err_r(errno, "cannot remove '%s'", path) : 0;
}

int net_down(const struct lab *lab, const struct stop *stop)
{
    _cleanup_(net_gone_free) struct net_gone *gone = NULL;
    int r = net_down_begin(lab, stop, &gone);

    return r < 0 ? r : net_down_end(lab, stop, gone);
}

int net_open_pod(const struct lab *lab, const char *pod, int *out_fd)
{
    _cleanup_free_ char *name = NULL;
    int r = lab_netns_name(lab, pod, &name);

    return r < 0 ? r : net_ns_open(name, out_fd);
}

int net_enter(const struct lab *lab, const char *name)
{
    _cleanup_close_ int fd = -1;
    int r = net_open_pod(lab, name, &fd);

    return r < 0 ? r : net_ns_enter(fd, name);
}

struct net_cookie_job {
    int netns_fd;
    uint64_t cookie;
};

static int net_cookie_read(void *data)
{
    struct net_cookie_job *job = data;
    int r = net_ns_enter(job->netns_fd, "to read its cookie");

    return r < 0 ? r : net_ns_cookie(&job->cookie);
}

int net_cookie(int netns_fd, uint64_t *out)
{
    struct net_cookie_job job = {.netns_fd = netns_fd};
    int r = net_ns_call(net_cookie_read, &job);

    if (r < 0)
        return r;
    *out = job.cookie;
    return 0;
}
