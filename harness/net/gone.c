// SPDX-License-Identifier: Apache-2.0
#include "net/gone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"
#include "net/netlink.h"
#include "net/ns.h"

enum { NET_GONE_FIRST, NET_GONE_BEHIND, NET_GONE_AFTER, NET_GONE_MARKS };
#define NET_GONE_GROUP (1U << (RTNLGRP_NSID - 1))
/* A signal that comes just before the waiting begins does not end it. */
#define NET_GONE_SLICE_MS 200

struct net_gone {
    int marks[NET_GONE_MARKS]; /* namespaces; their position is also their number in another one */
    int64_t limit_ms;          /* of each wait */
    struct netlink *events;    /* in that one, where nobody else numbers namespaces */
};

/* In the namespace of `nl`. */
static int net_gone_number(struct netlink *nl, int netns_fd, int number)
{
    struct nlmsghdr *nlh =
        netlink_request(nl, RTM_NEWNSID, 0, "number", "a network namespace to wait with");
    struct rtgenmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

    header->rtgen_family = AF_UNSPEC;
    mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)netns_fd);
    mnl_attr_put_u32(nlh, NETNSA_NSID, (uint32_t)number);
    return netlink_flush(nl);
}

static int net_gone_unshare(void)
{
    return unshare(CLONE_NEWNET) < 0 ? err_r(errno, "cannot make a network namespace to wait with")
                                     : 0;
}

static int net_gone_mark(struct net_gone *gone, struct netlink *nl, int number)
{
    int r = net_gone_unshare();

    if (r < 0)
        return r;
    gone->marks[number] = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (gone->marks[number] < 0)
        return err_r(errno, "cannot open a network namespace to wait with");
    return net_gone_number(nl, gone->marks[number], number);
}

static int net_gone_make(void *data)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    struct net_gone *gone = data;
    int r = net_gone_unshare();

    if (r < 0)
        return r;
    r = netlink_new(0, &nl);
    if (r < 0)
        return r;
    r = netlink_new(NET_GONE_GROUP, &gone->events);
    for (int i = 0; r == 0 && i < NET_GONE_MARKS; i++)
        r = net_gone_mark(gone, nl, i);
    return r;
}

int net_gone_new(int64_t limit_ms, struct net_gone **out)
{
    _cleanup_(net_gone_free) struct net_gone *gone = malloc(sizeof(*gone));
    int r;

    if (!gone)
        return err_r(ENOMEM, "cannot wait for network namespaces");
    *gone = (struct net_gone){.marks = {-1, -1, -1}, .limit_ms = limit_ms};
    r = net_ns_call(net_gone_make, gone);
    if (r < 0)
        return r;
    *out = TAKE_PTR(gone);
    return 0;
}

void net_gone_free(struct net_gone **gone)
{
    if (!*gone)
        return;
    for (size_t i = 0; i < NET_GONE_MARKS; i++)
        cleanup_close(&(*gone)->marks[i]);
    netlink_free(&(*gone)->events);
    free(*gone);
    *gone = NULL;
}

struct net_gone_seen {
    int number;
    bool begun;
};

static int net_gone_attr(const struct nlattr *attr, void *data)
{
    struct net_gone_seen *seen = data;

    if (mnl_attr_get_type(attr) == NETNSA_NSID && mnl_attr_validate(attr, MNL_TYPE_U32) == 0 &&
        (int)mnl_attr_get_u32(attr) == seen->number)
        seen->begun = true;
    return MNL_CB_OK;
}

static int net_gone_look(const struct nlmsghdr *nlh, void *data)
{
    if (nlh->nlmsg_type == RTM_DELNSID)
        (void)mnl_attr_parse(nlh, sizeof(struct rtgenmsg), net_gone_attr, data);
    return 0;
}

/* One event, or nothing for a while: 0. */
static int net_gone_event(struct net_gone *gone, struct net_gone_seen *seen, int left_ms)
{
    int slice = left_ms < NET_GONE_SLICE_MS ? left_ms : NET_GONE_SLICE_MS;
    int r = netlink_listen(gone->events, slice, net_gone_look, seen);

    if (r == -EINTR)
        return 0;
    return r == -ETIMEDOUT && left_ms > slice ? 0 : r;
}

static void net_gone_close(struct net_gone *gone, int number)
{
    cleanup_close(&gone->marks[number]);
    gone->marks[number] = -1;
}

/* Closes the mark where it is open, and waits until the worker begins with it. */
static int net_gone_pass(struct net_gone *gone, int number, const struct stop *stop)
{
    struct net_gone_seen seen = {.number = number};
    int64_t deadline = deadline_in(gone->limit_ms);
    int r = 0;

    net_gone_close(gone, number);
    while (r == 0 && !seen.begun) {
        r = net_gone_event(gone, &seen, deadline_left_ms(deadline));
        if (r == 0)
            r = stop_asked(stop);
    }
    if (r == -ETIMEDOUT)
        return err_say(r, "the kernel has not taken the network namespaces apart after %lld s",
                       (long long)(gone->limit_ms / 1000));
    return r;
}

int net_gone_occupy(struct net_gone *gone, const struct stop *stop)
{
    return net_gone_pass(gone, NET_GONE_FIRST, stop);
}

void net_gone_begin(struct net_gone *gone)
{
    net_gone_close(gone, NET_GONE_BEHIND);
}

int net_gone_wait(struct net_gone *gone, const struct stop *stop)
{
    int r = net_gone_pass(gone, NET_GONE_BEHIND, stop);

    return r < 0 ? r : net_gone_pass(gone, NET_GONE_AFTER, stop);
}
