// SPDX-License-Identifier: Apache-2.0
#include "net/flush.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

struct net_flush {
    bool (*wanted)(const struct rtmsg *rtm);
    FILE *stream;
};

static bool net_flush_is_multicast(const struct rtmsg *rtm)
{
    return rtm->rtm_type == RTN_MULTICAST;
}

static bool net_flush_is_static(const struct rtmsg *rtm)
{
    return rtm->rtm_protocol == RTPROT_STATIC;
}

static int net_flush_keep(const struct nlmsghdr *nlh, void *data)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
    const struct net_flush *flush = data;

    if (nlh->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) ||
        nlh->nlmsg_len > NETLINK_REQUEST_MAX || !flush->wanted(rtm))
        return 0;
    return fwrite(nlh, NLMSG_ALIGN(nlh->nlmsg_len), 1, flush->stream) == 1 ? 0 : -ENOMEM;
}

/* The dump first, the removing after it: a dump of what changes leaves something out. */
static int net_flush_read(struct netlink *nl, bool (*wanted)(const struct rtmsg *), char **out,
                          size_t *out_length)
{
    struct net_flush flush = {.wanted = wanted, .stream = open_memstream(out, out_length)};
    int r;

    if (!flush.stream)
        return -ENOMEM;
    r = netlink_dump(nl, RTM_GETROUTE, net_flush_keep, &flush);
    if (fclose(flush.stream) != 0 && r == 0)
        r = -ENOMEM;
    return r;
}

static void net_flush_remove(struct netlink *nl, const struct nlmsghdr *route)
{
    size_t length = mnl_nlmsg_get_payload_len(route);
    struct nlmsghdr *nlh = netlink_request(nl, RTM_DELROUTE, 0, "route", NULL);

    memcpy(mnl_nlmsg_put_extra_header(nlh, length), mnl_nlmsg_get_payload(route), length);
}

static int net_flush(struct netlink *nl, const char *name, bool (*wanted)(const struct rtmsg *))
{
    _cleanup_free_ char *routes = NULL;
    size_t length = 0;
    int left, r = net_flush_read(nl, wanted, &routes, &length);

    if (r < 0)
        return err_r(r, "cannot read the routes of '%s'", name);
    left = (int)length;
    for (const struct nlmsghdr *nlh = (const struct nlmsghdr *)routes; mnl_nlmsg_ok(nlh, left);
         nlh = mnl_nlmsg_next(nlh, &left))
        net_flush_remove(nl, nlh);
    return netlink_flush(nl);
}

int net_flush_multicast(struct netlink *nl, const char *name)
{
    return net_flush(nl, name, net_flush_is_multicast);
}

int net_flush_static(struct netlink *nl, const char *name)
{
    return net_flush(nl, name, net_flush_is_static);
}
