// SPDX-License-Identifier: Apache-2.0
#include "field/reachable_walk.h"

#include <string.h>

#include "common/cleanup.h"

static void reachable_waypoint(struct reachable_work *w, const uint8_t bytes[16], uint32_t cell,
                               int depth);

static void reachable_backend(struct reachable_work *w, uint32_t uid, const uint16_t *ports,
                              size_t n, int depth)
{
    struct km_backend_value backend;
    struct address address;
    struct reachable_pod *pod;

    if (!cluster_backend(w->cluster, uid, &backend))
        return;
    address = address_from_map(backend.address);
    pod = address.af == AF_UNSPEC ? NULL : reachable_add_pod(w, &address, "pod");
    for (size_t i = 0; i < n; i++)
        reachable_add_port(pod, ports[i]);
    reachable_waypoint(w, backend.waypoint, backend.waypoint_port, depth);
}

/* False when the walk was there already. */
static bool reachable_visit(struct reachable_work *w, uint32_t service, uint16_t port)
{
    for (size_t i = 0; i < w->n_visits; i++)
        if (w->visits[i].service == service && w->visits[i].port == port)
            return false;
    if (w->n_visits >= REACHABLE_VISITS_MAX)
        return false;
    w->visits[w->n_visits].service = service;
    w->visits[w->n_visits++].port = port;
    return true;
}

/* Every endpoint that the table has of the service, whatever its counts say. */
static void reachable_service_pods(struct reachable_work *w, uint32_t id,
                                   const struct km_service_value *service, uint16_t asked,
                                   int depth)
{
    const struct map_entries *e = &w->cluster->maps[CLUSTER_ENDPOINT];
    uint16_t ports[KM_SERVICE_PORTS + 1];

    if (!reachable_visit(w, id, asked))
        return;
    reachable_add_service(w, id);
    for (size_t i = 0; i < KM_SERVICE_PORTS; i++)
        ports[i] = maps_cell_port(service->targets[i]);
    ports[KM_SERVICE_PORTS] = asked;
    for (size_t i = 0; i < e->n && !w->reachable->cut; i++) {
        struct km_endpoint_key key;
        uint32_t uid;

        memcpy(&key, map_entries_key(e, i), sizeof(key));
        memcpy(&uid, map_entries_value(e, i), sizeof(uid));
        if (key.service == id)
            reachable_backend(w, uid, ports, ARRAY_SIZE(ports), depth);
    }
}

static void reachable_loopback(struct reachable_work *w, uint16_t port)
{
    for (size_t i = 0; i < w->reachable->n_pods; i++)
        if (w->reachable->pods[i].is_client)
            reachable_add_port(&w->reachable->pods[i], port);
}

static void reachable_waypoint(struct reachable_work *w, const uint8_t bytes[16], uint32_t cell,
                               int depth)
{
    struct address address = address_from_map(bytes);
    uint16_t port = maps_cell_port(cell);
    struct km_service_value service;
    uint32_t id;

    if (address.af == AF_UNSPEC || port == 0 || depth <= 0)
        return;
    if (cluster_frontend(w->cluster, &address, &id) && cluster_service(w->cluster, id, &service))
        reachable_service_pods(w, id, &service, port, depth - 1);
    if (reachable_service(w->reachable, &address))
        return;
    if (address_fits_lab(&address))
        reachable_add_port(reachable_add_pod(w, &address, "waypoint"), port);
    else
        reachable_loopback(w, port);
}

void reachable_walk(struct reachable_work *w, const struct address_port *to)
{
    struct address address = address_unmapped(&to->address);
    struct km_service_value service;
    struct km_backend_value backend;
    uint32_t id;

    if (!cluster_frontend(w->cluster, &address, &id)) {
        reachable_add_port(reachable_add_pod(w, &address, "pod"), to->port);
    } else if (cluster_service(w->cluster, id, &service)) {
        reachable_service_pods(w, id, &service, to->port, 3);
        reachable_waypoint(w, service.waypoint, service.waypoint_port, 3);
        if (reachable_is_backends(w, id, &address))
            reachable_add_port(reachable_add_pod(w, &address, "pod"), to->port);
    } else {
        reachable_add_port(reachable_add_pod(w, &address, "pod"), to->port);
        if (cluster_backend(w->cluster, id, &backend))
            reachable_waypoint(w, backend.waypoint, backend.waypoint_port, 3);
    }
    if (to->port == 53)
        reachable_backend(w, 0, &(uint16_t){53}, 1, 1);
}
