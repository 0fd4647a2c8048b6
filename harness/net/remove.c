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
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/strings.h"
#include "common/text.h"
#include "net/ns.h"

/* So long may the kernel take for namespaces that were given up, and for each. It is no measure of
 * anything: what others gave up before comes first, and only a kernel gone wrong takes so long. */
#define NET_REMOVE_LIMIT_MS      300000
#define NET_REMOVE_LIMIT_EACH_MS 50
/* Descriptors for everything else. */
#define NET_REMOVE_SPARE 256
/* Each of them waits for a grace period most of the time, and several can wait for the same. */
#define NET_REMOVE_THREADS 16

struct net_remove {
    const struct stop *stop;
    struct rlimit limit;  /* as it was before */
    struct strings names; /* below /run/netns */
    int *fds;             /* of each name, -1 where it is not held */
};

static void net_remove_let_go(struct net_remove *remove)
{
    for (size_t i = 0; remove->fds && i < remove->names.n; i++) {
        cleanup_close(&remove->fds[i]);
        remove->fds[i] = -1;
    }
}

static void net_remove_clear(struct net_remove *remove)
{
    net_remove_let_go(remove);
    free(remove->fds);
    strings_clear(&remove->names);
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

static int net_remove_hold(const char *name)
{
    _cleanup_free_ char *path = NULL;

    if (text_format(&path, NET_NS_DIR "/%s", name) < 0)
        return -1;
    return open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static int net_remove_name(struct net_remove *remove, size_t i)
{
    int r = stop_asked(remove->stop);

    if (r < 0)
        return r;
    remove->fds[i] = net_remove_hold(remove->names.items[i]);
    return net_ns_remove(remove->names.items[i]);
}

struct net_remove_share {
    struct net_remove *remove;
    pthread_t thread;
    size_t first;
    int result;
};

/* Every NET_REMOVE_THREADS-th name. */
static void *net_remove_share(void *data)
{
    struct net_remove_share *share = data;

    for (size_t i = share->first; i < share->remove->names.n; i += NET_REMOVE_THREADS) {
        int r = net_remove_name(share->remove, i);

        if (r < 0 && share->result == 0)
            share->result = r;
        if (r == -EINTR)
            break;
    }
    return NULL;
}

static int net_remove_names(struct net_remove *remove)
{
    struct net_remove_share shares[NET_REMOVE_THREADS];
    size_t n = 0;
    int r = 0;

    for (; r == 0 && n < NET_REMOVE_THREADS && n < remove->names.n; n++) {
        shares[n] = (struct net_remove_share){.remove = remove, .first = n};
        r = pthread_create(&shares[n].thread, NULL, net_remove_share, &shares[n]);
    }
    if (r != 0) {
        n--;
        r = err_r(r, "cannot start a thread");
    }
    for (size_t i = 0; i < n; i++) {
        pthread_join(shares[i].thread, NULL);
        if (r == 0)
            r = shares[i].result;
    }
    return r;
}

static int net_remove_add(void *data, const char *name)
{
    struct net_remove *remove = data;

    return strings_add(&remove->names, name) < 0 ? err_r(ENOMEM, "cannot remove '%s'", name) : 0;
}

static int net_remove_prepare(struct net_remove *remove, const char *prefix)
{
    int r;

    if (getrlimit(RLIMIT_NOFILE, &remove->limit) < 0)
        return err_r(errno, "cannot read the limit of open files");
    r = net_ns_each(prefix, net_remove_add, remove);
    if (r < 0)
        return r;
    remove->fds = malloc((remove->names.n + 1) * sizeof(*remove->fds));
    if (!remove->fds)
        return err_r(ENOMEM, "cannot remove network namespaces");
    for (size_t i = 0; i < remove->names.n; i++)
        remove->fds[i] = -1;
    net_remove_raise_limit(remove, remove->names.n);
    return 0;
}

/*
 * On a busy machine this thread would be put aside between two of them, and the worker would come
 * by and take half. It is a matter of 3 us each; without the right to it, taking them
 * apart takes longer.
 */
static void net_remove_let_go_at_once(struct net_remove *remove)
{
    const struct sched_param first = {.sched_priority = 1};
    struct sched_param usual = {.sched_priority = 0};
    int policy = sched_getscheduler(0);
    bool raised = policy >= 0 && sched_getparam(0, &usual) == 0 &&
                  sched_setscheduler(0, SCHED_FIFO, &first) == 0;

    net_remove_let_go(remove);
    if (raised)
        (void)sched_setscheduler(0, policy, &usual);
}

int net_remove(const char *prefix, const struct stop *stop, struct net_gone **out)
{
    _cleanup_(net_remove_clear) struct net_remove remove = {.stop = stop};
    _cleanup_(net_gone_free) struct net_gone *gone = NULL;
    int waiting, r = net_remove_prepare(&remove, prefix);

    if (r < 0)
        return r;
    waiting = net_gone_new(NET_REMOVE_LIMIT_MS + NET_REMOVE_LIMIT_EACH_MS * (int64_t)remove.names.n,
                           &gone);
    r = net_remove_names(&remove);
    if (r < 0)
        return r;
    if (waiting < 0)
        return waiting;
    r = net_gone_occupy(gone, stop);
    if (r < 0)
        return r;
    net_remove_let_go_at_once(&remove);
    net_gone_begin(gone);
    *out = TAKE_PTR(gone);
    return 0;
}
