// SPDX-License-Identifier: Apache-2.0
#include "show/owner.h"

#include "agent/observe.h"

const char *flow_owner(const struct topology *t, const char *client, const struct address *address)
{
    const struct address a = address_unmapped(address);
    const struct topology_pod *pod;

    if (observe_is_loopback(&a))
        return client;
    for (size_t i = 0; i < t->n_services && a.af != AF_UNSPEC; i++) {
        if (address_equal(&a, &t->services[i].v4) || address_equal(&a, &t->services[i].v6))
            return t->services[i].name;
    }
    for (size_t i = 0; i < t->n_nodes; i++) {
        if (address_equal(&a, &t->nodes[i].v4) || address_equal(&a, &t->nodes[i].v6))
            return t->nodes[i].name;
    }
    pod = topology_pod_by_address(t, &a);
    return pod ? pod->name : NULL;
}
