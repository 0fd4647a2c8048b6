// SPDX-License-Identifier: Apache-2.0
#include "show/owner.h"

#include "agent/observe.h"

const char *flow_owner(const struct topology *t, const char *client, const struct address *address)
{
    const struct address a = address_unmapped(address);
    const struct topology_frontend *found = topology_frontend(t, &a);

    if (observe_is_loopback(&a))
        return client;
    if (found)
        return found->service ? found->service->name : found->pod->name;
    for (size_t i = 0; i < t->n_nodes; i++) {
        if (address_equal(&a, &t->nodes[i].v4) || address_equal(&a, &t->nodes[i].v6))
            return t->nodes[i].name;
    }
    return NULL;
}
