// SPDX-License-Identifier: Apache-2.0
#include "show/owner.h"

#include "agent/observe.h"

/* Of the pods in this one's network the one that listens there. */
static const struct topology_pod *owner_listens(const struct topology *t,
                                                const struct topology_pod *pod, uint16_t port)
{
    const struct topology_pod *tcp = topology_listens(t, pod, port, false);

    return tcp ? tcp : topology_listens(t, pod, port, true);
}

static bool owner_has_port(const struct topology_service *service, uint16_t port)
{
    for (size_t i = 0; i < service->n_ports; i++) {
        if (service->ports[i].port == port)
            return true;
    }
    return false;
}

/* Of pods that share an address the one that listens, else the client, else the first. */
static const char *owner_pod(const struct topology *t, const char *client,
                             const struct topology_pod *pod, uint16_t port)
{
    const struct topology_pod *listens = owner_listens(t, pod, port);
    const struct topology_pod *from = client ? topology_pod(t, client) : NULL;

    if (listens)
        return listens->name;
    return from && topology_pods_share(from, pod) ? client : pod->name;
}

/* A service and a pod may have one address: who is meant, the port says. */
static const char *owner_frontend(const struct topology *t, const char *client,
                                  const struct topology_frontend *f, uint16_t port)
{
    if (f->service &&
        (!f->pod || owner_has_port(f->service, port) || !owner_listens(t, f->pod, port)))
        return f->service->name;
    return owner_pod(t, client, f->pod, port);
}

const char *flow_owner(const struct topology *t, const char *client, const struct address_port *end)
{
    const struct address a = address_unmapped(&end->address);
    const struct topology_frontend *found = topology_frontend(t, &a);
    const struct topology_pod *from = client ? topology_pod(t, client) : NULL;

    if (observe_is_loopback(&a))
        return from ? owner_pod(t, client, from, end->port) : client;
    if (found)
        return owner_frontend(t, client, found, end->port);
    for (size_t i = 0; i < t->n_nodes; i++) {
        if (topology_is_node_address(&t->nodes[i], &a))
            return t->nodes[i].name;
    }
    return NULL;
}
