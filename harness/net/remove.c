// SPDX-License-Identifier: Apache-2.0
/*
 * Namespaces are cheap to take apart together and dear one by one: while the kernel is at it, each
 * name that is removed waits for an RCU grace period beside that work, which with 10,000 pods left
 * nine in a second; and for each namespace it looks at all that are not in the same batch. So they
 * are held open until the last name is gone, and let go in one move, while the worker that takes
 * namespaces apart is busy with one of ours: it then finds all of them in its queue.
 */
#include "net/remove.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "net/gone.h"
#include "net/ns.h"

/* So long may the kernel take for namespaces that were given up: for itself, and for each. */
#define NET_REMOVE_LIMIT_MS      60000
#define NET_REMOVE_LIMIT_EACH_MS 50
/* Descriptors for everything else. */
#define NET_REMOVE_SPARE 256

struct net_remove {
    const struct stop *stop;
    struct rlimit limit; /* as it was before */
    int *fds;
    size_t n, room;
};

static void net_remove_let_go(struct net_remove *remove)
{
    for (size_t i = 0; i < remove->n; i++)
        close(remove->fds[i]);
    remove->n = 0;
}

static void net_remove_clear(struct net_remove *remove)
{
    net_remove_let_go(remove);
    free(remove->fds);
    (void)setrlimit(RLIMIT_NOFILE, &remove->limit);
}

/* Without the right to raise it fewer are held, and removing the others takes longer. */
static void net_remove_raise_limit(const struct net_remove *remove, size_t n)
{
    struct rlimit limit = remove->limit;

    if (limit.rlim_cur >= n + NET_REMOVE_SPARE)
        return;
    limit.rlim_cur = n + NET_REMOVE_SPARE;
    if (limit.rlim_max < limit.rlim_cur)
        limit.rlim_max = limit.rlim_cur;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return;
    limit.rlim_cur = limit.rlim_max = remove->limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void net_remove_hold(struct net_remove *remove, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int fd;

    if (remove->n == remove->room || text_format(&path, NET_NS_DIR "/%s", name) < 0)
        return;
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        remove->fds[remove->n++] = fd;
}

static int net_remove_one(void *data, const char *name)
{
    struct net_remove *remove = data;
    int r = stop_asked(remove->stop);

    if (r < 0)
        return r;
    net_remove_hold(remove, name);
    return net_ns_remove(name);
}

static int net_remove_prepare(struct net_remove *remove, size_t n)
{
    if (getrlimit(RLIMIT_NOFILE, &remove->limit) < 0)
        return err_r(errno, "cannot read the limit of open files");
    remove->fds = calloc(n ? n : 1, sizeof(*remove->fds));
    if (!remove->fds)
        return err_r(ENOMEM, "cannot remove network namespaces");
    remove->room = n;
    net_remove_raise_limit(remove, n);
    return 0;
}

int net_remove(const char *prefix, size_t expected, const struct stop *stop)
{
    int64_t limit_ms = NET_REMOVE_LIMIT_MS + NET_REMOVE_LIMIT_EACH_MS * (int64_t)expected;
    _cleanup_(net_remove_clear) struct net_remove remove = {.stop = stop};
    _cleanup_(net_gone_free) struct net_gone *gone = NULL;
    int waiting, r = net_remove_prepare(&remove, expected);

    if (r < 0)
        return r;
    waiting = net_gone_new(&gone);
    r = net_ns_each(prefix, net_remove_one, &remove);
    if (r < 0)
        return r;
    if (waiting < 0)
        return waiting;
    r = net_gone_occupy(gone, limit_ms, stop);
    if (r < 0)
        return r;
    net_remove_let_go(&remove);
    return net_gone_wait(gone, limit_ms, stop);
}
