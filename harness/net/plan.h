/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from a pod's or node's position in its topology: names, indexes and hardware
 * addresses of links. Nothing of the network has to be looked up, because all of it is known.
 */
#pragma once

#include "place/lab.h"
#include "net/link.h"

/* What every namespace calls the other end of its link: the gateway of pods and nodes alike. */
extern const struct address net_gateway_v4, net_gateway_v6;
/* The same hardware address at the node's end of every pod's link. */
extern const struct net_mac net_gateway_mac;

#define NET_LO_INDEX 1
/* The index of a pod's eth0. Low ones may be taken by the fallback devices of tunnel modules. */
#define NET_ETH0_INDEX 100

/* Room for the names of a link, made by the functions below. */
struct net_pair {
    struct net_end near, far;
    char near_name[16], far_name[16]; /* IFNAMSIZ */
};

/* The veth of a pod: near is the node's end, "p" and the pod's position; far is eth0. */
void net_plan_pod(struct net_pair *pair, size_t pod, int pod_fd);
/* The veth between two nodes: each end is called "n" and the other node's position. */
void net_plan_nodes(struct net_pair *pair, size_t near, size_t far, int far_fd);
/* The veth of a node that leads nowhere, both ends of it in the node. */
void net_plan_void(struct net_pair *pair);
/* The index of a node's link that leads to the node `other`. */
int net_plan_node_index(size_t other);
