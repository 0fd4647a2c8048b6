// SPDX-License-Identifier: Apache-2.0
#include "net/addresses.h"

#include "net/link.h"
#include "net/plan.h"

void net_addresses_pod(struct netlink *nl, const struct topology_pod *pod)
{
    net_link_address(nl, NET_ETH0_INDEX, &pod->v4, pod->name);
    for (size_t i = pod->n_more; i-- > 0;)
        net_link_address(nl, NET_ETH0_INDEX, &pod->more[i], pod->name);
    net_link_address(nl, NET_ETH0_INDEX, &pod->v6, pod->name);
}

static void addresses_of_host(struct netlink *nl, size_t node, int af,
                              const struct topology_frontend *f)
{
    if (f->address.af == af && f->pod && f->pod->host && f->pod->node == node)
        net_link_address(nl, NET_LO_INDEX, &f->address, f->pod->name);
}

/* Unless a host pod has it. */
static void addresses_own(struct netlink *nl, const struct topology *t, size_t node,
                          const struct address *address)
{
    if (!topology_pod_by_address(t, address))
        net_link_address(nl, NET_LO_INDEX, address, t->nodes[node].name);
}

void net_addresses_node(struct netlink *nl, const struct topology *t, size_t node)
{
    for (size_t i = 0; i < t->n_frontends; i++)
        addresses_of_host(nl, node, AF_INET, &t->frontends[i]);
    addresses_own(nl, t, node, &t->nodes[node].v4);
    addresses_own(nl, t, node, &t->nodes[node].v6);
    for (size_t i = t->n_frontends; i-- > 0;)
        addresses_of_host(nl, node, AF_INET6, &t->frontends[i]);
}
