// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/neighbour.h>

#include "common/cleanup.h"
#include "net/net.h"
#include "net/plan.h"
#include "net/netlink.h"

/*
 * An entry that is set to INCOMPLETE from outside is one whose resolution is taken to be under way:
 * the kernel queues what is sent by it and asks nobody, since it did not start the asking itself.
 * So there is no timer that could give up. Going back to PERMANENT sends the queue.
 */
static int net_gateway_set(uint16_t state, const struct net_mac *mac)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    int r = netlink_new(0, &nl);

    if (r < 0)
        return r;
    net_link_neighbour(nl, NET_ETH0_INDEX, &net_gateway_v4, mac, state, "eth0");
    net_link_neighbour(nl, NET_ETH0_INDEX, &net_gateway_v6, mac, state, "eth0");
    return netlink_flush(nl);
}

int net_gateway_hold(void)
{
    return net_gateway_set(NUD_INCOMPLETE, NULL);
}

int net_gateway_release(void)
{
    return net_gateway_set(NUD_PERMANENT, &net_gateway_mac);
}
