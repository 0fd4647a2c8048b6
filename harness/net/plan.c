// SPDX-License-Identifier: Apache-2.0
#include "net/plan.h"

#include <stdio.h>

/* The indexes of one namespace's links do not overlap, and the two ends of a veth never have the
 * same: the kernel takes that for a link without a peer, and its carrier then comes a second late.
 */
#define NET_VOID_INDEX 900
#define NET_NODE_FIRST 1000
#define NET_POD_FIRST  1000000

enum net_role { NET_ROLE_POD = 1, NET_ROLE_NODE = 2, NET_ROLE_VOID = 3 };

const struct address net_gateway_v4 = {.af = AF_INET, .bytes = {169, 254, 1, 1}};
const struct address net_gateway_v6 = {.af = AF_INET6, .bytes = {0xfe, 0x80, [15] = 1}};
const struct net_mac net_gateway_mac = {{0x02, 0, 0, 0, 0, 1}};

static struct net_mac net_plan_mac(enum net_role role, size_t index)
{
    return (struct net_mac){
        {0x02, (uint8_t)role, 0, (uint8_t)(index >> 16), (uint8_t)(index >> 8), (uint8_t)index}};
}

int net_plan_node_index(size_t other)
{
    return NET_NODE_FIRST + (int)other;
}

static int net_plan_pod_index(size_t pod)
{
    return NET_POD_FIRST + (int)pod;
}

static struct net_end net_plan_end(const char *name, int index, struct net_mac mac, int netns_fd)
{
    return (struct net_end){.name = name, .index = index, .mac = mac, .netns_fd = netns_fd};
}

void net_plan_pod(struct net_pair *pair, size_t pod, int pod_fd)
{
    (void)snprintf(pair->near_name, sizeof(pair->near_name), "p%u", (unsigned int)pod);
    (void)snprintf(pair->far_name, sizeof(pair->far_name), "eth0");
    pair->near = net_plan_end(pair->near_name, net_plan_pod_index(pod), net_gateway_mac, -1);
    pair->far =
        net_plan_end(pair->far_name, NET_ETH0_INDEX, net_plan_mac(NET_ROLE_POD, pod), pod_fd);
}

void net_plan_nodes(struct net_pair *pair, size_t near, size_t far, int far_fd)
{
    (void)snprintf(pair->near_name, sizeof(pair->near_name), "n%u", (unsigned int)far);
    (void)snprintf(pair->far_name, sizeof(pair->far_name), "n%u", (unsigned int)near);
    pair->near = net_plan_end(pair->near_name, net_plan_node_index(far),
                              net_plan_mac(NET_ROLE_NODE, near), -1);
    pair->far = net_plan_end(pair->far_name, net_plan_node_index(near),
                             net_plan_mac(NET_ROLE_NODE, far), far_fd);
}

void net_plan_void(struct net_pair *pair)
{
    (void)snprintf(pair->near_name, sizeof(pair->near_name), "void");
    (void)snprintf(pair->far_name, sizeof(pair->far_name), "void-end");
    pair->near = net_plan_end(pair->near_name, NET_VOID_INDEX, net_plan_mac(NET_ROLE_VOID, 0), -1);
    pair->far =
        net_plan_end(pair->far_name, NET_VOID_INDEX + 1, net_plan_mac(NET_ROLE_VOID, 1), -1);
}
