/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses of pods and nodes, added in such an order that what is sent has the first one for
 * its source: of IPv4 addresses the kernel takes the first that was added, of IPv6 ones that are
 * equally good (RFC 6724) the last.
 */
#pragma once

#include "net/netlink.h"
#include "topology/topology.h"

/* To a pod's eth0; not of a host pod. */
void net_addresses_pod(struct netlink *nl, const struct topology_pod *pod);
/* To a node's loopback: its own, and those that its host pods have. */
void net_addresses_node(struct netlink *nl, const struct topology *t, size_t node);
