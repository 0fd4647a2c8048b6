// SPDX-License-Identifier: Apache-2.0
#include "net/carrier.h"

#include <errno.h>
#include <linux/if.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "common/patience.h"
#include "common/log.h"

static int net_carrier_operstate(const struct nlattr *attr, void *data)
{
    if (mnl_attr_get_type(attr) == IFLA_OPERSTATE && mnl_attr_validate(attr, MNL_TYPE_U8) == 0)
        *(uint8_t *)data = mnl_attr_get_u8(attr);
    return MNL_CB_OK;
}

/*
 * The operational state is the worker's own mark. The flags are not: IFF_LOWER_UP comes before the
 * worker, and IFF_RUNNING is also said of a link whose state is not known yet.
 */
static int net_carrier_count(const struct nlmsghdr *nlh, void *data)
{
    const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
    uint8_t operstate = IF_OPER_UNKNOWN;
    size_t *waiting = data;

    if (nlh->nlmsg_type != RTM_NEWLINK || !(ifi->ifi_flags & IFF_UP) ||
        (ifi->ifi_flags & IFF_LOOPBACK))
        return 0;
    (void)mnl_attr_parse(nlh, sizeof(*ifi), net_carrier_operstate, &operstate);
    if (operstate != IF_OPER_UP)
        (*waiting)++;
    return 0;
}

static int net_carrier_ignore(const struct nlmsghdr *nlh, void *data)
{
    (void)nlh;
    (void)data;
    return 0;
}

/* Waits for any change of a link, then takes in what else has come. Lost news is news as well. */
static int net_carrier_event(struct netlink *events, struct patience *patience)
{
    int r = -ETIMEDOUT;

    for (int left = 1; r == -ETIMEDOUT && left > 0;) {
        left = patience_left_ms(patience);
        r = netlink_listen(events, left, net_carrier_ignore, NULL);
    }
    if (r < 0 && r != -ENOBUFS)
        return r;
    while (r == 0 || r == -ENOBUFS)
        r = netlink_listen(events, 0, net_carrier_ignore, NULL);
    return r == -ETIMEDOUT ? 0 : r;
}

int net_carrier_wait(struct netlink *nl, const char *node, int deadline_ms)
{
    _cleanup_(netlink_free) struct netlink *events = NULL;
    struct patience patience;
    int r = netlink_new(RTMGRP_LINK, &events);

    if (r < 0)
        return r;
    patience_start(&patience, deadline_ms);
    for (;;) {
        size_t waiting = 0;

        r = netlink_dump(nl, RTM_GETLINK, net_carrier_count, &waiting);
        if (r < 0 || waiting == 0)
            return r;
        r = net_carrier_event(events, &patience);
        if (r == -ETIMEDOUT && patience_outcome(&patience) == -PATIENCE_STARVED)
            return patience_say(&patience, "whether the links come up");
        if (r < 0)
            return err_r(r, "%zu links of node '%s' did not come up", waiting, node);
    }
}
