// SPDX-License-Identifier: Apache-2.0
/* Host pods: those of a node are in one network namespace, the node's. */
#include <errno.h>

#include "common/log.h"
#include "topology/build.h"

bool topology_is_node_address(const struct topology_node *node, const struct address *address)
{
    return address_equal(&node->v4, address) || address_equal(&node->v6, address);
}

bool topology_pods_share(const struct topology_pod *one, const struct topology_pod *other)
{
    return one == other || (one->host && other->host && one->node == other->node);
}

static bool hosts_listen(const struct topology_pod *pod, uint16_t port, bool udp)
{
    for (size_t i = 0; i < pod->n_listeners; i++) {
        if (pod->listeners[i].port == port && listener_is_udp(pod->listeners[i].mode) == udp)
            return true;
    }
    return false;
}

const struct topology_pod *topology_listens(const struct topology *t,
                                            const struct topology_pod *pod, uint16_t port, bool udp)
{
    if (hosts_listen(pod, port, udp))
        return pod;
    for (size_t i = 0; pod->host && i < t->n_pods; i++) {
        if (topology_pods_share(pod, &t->pods[i]) && hosts_listen(&t->pods[i], port, udp))
            return &t->pods[i];
    }
    return NULL;
}

static int hosts_disagree(const struct build *b, size_t pod, size_t first)
{
    const struct topology_pod *p = &b->topology->pods[pod], *other = &b->topology->pods[first];

    return build_error(b, (struct build_place){"pods", pod, "managed", NULL, 0},
                       "the pod '%s' is in the network of '%s', which is %smanaged: both are or "
                       "neither",
                       p->name, other->name, other->managed ? "" : "not ");
}

/* Which pod of a node's network listens on a port, from 1; by protocol and family. */
struct hosts_ports {
    uint32_t pod[2][2][UINT16_MAX + 1];
};

/* The other pod that has the listener's port already, from 1; 0: it is this one's now. */
static uint32_t hosts_take(struct hosts_ports *ports, size_t pod, const struct topology_listener *l)
{
    bool udp = listener_is_udp(l->mode);
    uint32_t other = 0;

    for (int v6 = 0; v6 < 2; v6++) {
        uint32_t *taken = &ports->pod[udp][v6][l->port];

        if (l->family == (v6 ? LISTENER_V4 : LISTENER_V6))
            continue;
        if (*taken && *taken != pod + 1)
            other = *taken;
        *taken = (uint32_t)pod + 1;
    }
    return other;
}

static int hosts_listeners(const struct build *b, struct hosts_ports *ports, size_t pod)
{
    const struct topology_pod *p = &b->topology->pods[pod];

    for (size_t i = 0; i < p->n_listeners; i++) {
        uint32_t other = hosts_take(ports, pod, &p->listeners[i]);

        if (other)
            return build_error(b, (struct build_place){"pods", pod, "port", "listeners", i},
                               "port %u of the pod '%s' has a listener already, that of the pod "
                               "'%s' in the same network",
                               p->listeners[i].port, p->name, b->topology->pods[other - 1].name);
    }
    return 0;
}

static int hosts_node(const struct build *b, size_t node)
{
    const struct topology *t = b->topology;
    _cleanup_free_ struct hosts_ports *ports = NULL;
    int r = 0;

    for (size_t i = 0; r == 0 && i < t->n_pods; i++) {
        if (!t->pods[i].host || t->pods[i].node != node)
            continue;
        if (!ports && !(ports = calloc(1, sizeof(*ports))))
            return err_r(ENOMEM, "cannot check a topology");
        r = hosts_listeners(b, ports, i);
    }
    return r;
}

int build_hosts(struct build *b)
{
    const struct topology *t = b->topology;
    size_t first[TOPOLOGY_NODES_MAX];
    bool seen[TOPOLOGY_NODES_MAX] = {false};

    for (size_t i = 0; i < t->n_pods; i++) {
        const struct topology_pod *pod = &t->pods[i];

        if (!pod->host)
            continue;
        if (!seen[pod->node])
            first[pod->node] = i;
        seen[pod->node] = true;
        if (pod->managed != t->pods[first[pod->node]].managed)
            return hosts_disagree(b, i, first[pod->node]);
    }
    for (size_t i = 0; i < t->n_nodes; i++) {
        int r = hosts_node(b, i);

        if (r < 0)
            return r;
    }
    return 0;
}
