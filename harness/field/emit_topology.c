// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "field/emit.h"
#include "maps/entries.h"
#include "maps/layout.h"
#include "maps/topology.h"
#include "topology/print.h"

static void emit_waypoint(struct topology_printer *p, const struct emit *e, const uint8_t bytes[16],
                          uint32_t cell)
{
    struct address address = address_from_map(bytes);
    const struct reachable_service *service = reachable_service(e->reachable, &address);
    const struct reachable_pod *pod = reachable_pod(e->reachable, &address);
    char text[ADDRESS_TEXT_MAX];

    if (address.af == AF_UNSPEC || cell == 0)
        return;
    if (service)
        topology_print_waypoint(p, "service", service->name, maps_cell_port(cell));
    else if (pod)
        topology_print_waypoint(p, "pod", pod->name, maps_cell_port(cell));
    else
        topology_print_waypoint(p, "address", address_text(&address, text), maps_cell_port(cell));
}

/* The backend that has one of the pod's addresses. */
static bool emit_find_backend(const struct emit *e, const struct reachable_pod *pod, uint32_t *uid,
                              struct km_backend_value *out)
{
    const struct map_entries *b = &e->cluster->maps[CLUSTER_BACKEND];

    for (size_t i = 0; i < b->n; i++) {
        struct address address;

        memcpy(uid, map_entries_key(b, i), sizeof(*uid));
        memcpy(out, map_entries_value(b, i), sizeof(*out));
        address = address_from_map(out->address);
        if (*uid && (address_equal(&address, &pod->v4) || address_equal(&address, &pod->v6)))
            return true;
    }
    return false;
}

static const struct reachable_pod *emit_pod_of(const struct emit *e, uint32_t uid)
{
    struct km_backend_value backend;
    struct address address;

    if (!cluster_backend(e->cluster, uid, &backend))
        return NULL;
    address = address_from_map(backend.address);
    return reachable_pod(e->reachable, &address);
}

/* Uid 0 is said otherwise, for one pod. */
static const struct reachable_pod *emit_dns_proxy(const struct emit *e)
{
    return emit_pod_of(e, 0);
}

static void emit_pod(struct topology_printer *p, const struct emit *e,
                     const struct reachable_pod *pod)
{
    bool is_proxy = pod == emit_dns_proxy(e);
    struct km_backend_value backend;
    uint32_t uid = 0;

    topology_print_pod(p, pod->name);
    if (!pod->is_client || !(pod->cookie || pod->in_v4 || pod->in_v6))
        topology_print_unmanaged(p);
    topology_print_addresses(p, &pod->v4, &pod->v6);
    if (is_proxy ? cluster_backend(e->cluster, 0, &backend)
                 : emit_find_backend(e, pod, &uid, &backend)) {
        if (!is_proxy)
            topology_print_uid(p, uid);
        emit_waypoint(p, e, backend.waypoint, backend.waypoint_port);
    }
    for (size_t i = 0; i < pod->n_ports; i++)
        topology_print_listener(p, pod->ports[i]);
}

static void emit_endpoints(struct topology_printer *printer, const struct emit *e, uint32_t id,
                           const struct km_service_value *service)
{
    topology_print_endpoints(printer);
    for (uint32_t p = 0; p < KM_PRIORITIES; p++)
        for (uint32_t i = 1; i <= service->counts[p] && i <= REACHABLE_PODS_MAX; i++) {
            const struct reachable_pod *pod = NULL;
            uint32_t uid;

            if (cluster_endpoint(e->cluster, id, p, i, &uid))
                pod = emit_pod_of(e, uid);
            if (pod)
                topology_print_endpoint(printer, pod->name, p);
        }
}

static void emit_ports(struct topology_printer *p, const struct km_service_value *service)
{
    topology_print_ports(p);
    for (size_t i = 0; i < KM_SERVICE_PORTS; i++) {
        uint16_t port = maps_cell_port(service->ports[i]);
        uint16_t target = maps_cell_port(service->targets[i]);

        if (port && target)
            topology_print_port(p, port, target);
    }
}

static void emit_service(struct topology_printer *p, const struct emit *e,
                         const struct reachable_service *service)
{
    static const char *const policies[] = {"random", "strict", "failover"};
    struct km_service_value value;

    if (!cluster_service(e->cluster, service->id, &value))
        return;
    topology_print_service(p, service->name, service->id);
    topology_print_addresses(p, &service->v4, &service->v6);
    if (value.policy && value.policy < ARRAY_SIZE(policies))
        topology_print_policy(p, policies[value.policy]);
    emit_ports(p, &value);
    emit_endpoints(p, e, service->id, &value);
    emit_waypoint(p, e, value.waypoint, value.waypoint_port);
}

void emit_topology(FILE *f, const struct emit *e)
{
    const struct reachable_pod *proxy = emit_dns_proxy(e);
    struct topology_printer p;

    topology_print_begin(&p, f, "Shrunk from a bundle by `waypost shrink`.");
    for (size_t i = 0; i < e->reachable->n_pods; i++)
        emit_pod(&p, e, &e->reachable->pods[i]);
    if (proxy)
        topology_print_dns_proxy(&p, proxy->name);
    for (size_t i = 0; i < e->reachable->n_services; i++)
        emit_service(&p, e, &e->reachable->services[i]);
    topology_print_encryption(&p, e->encryption);
    field_settings_print(&p, e->settings);
    topology_print_end(&p);
}

int emit_cluster(const char *path, enum family family, struct cluster *out)
{
    _cleanup_(topology_free) struct topology *topology = NULL;
    struct topology_entries all = {};
    int r = topology_read(path, &topology);

    if (r < 0)
        return r;
    r = topology_entries_read(topology, family, &all);
    if (r < 0)
        return r;
    out->maps[CLUSTER_FRONTEND] = all.frontend;
    out->maps[CLUSTER_SERVICE] = all.service;
    out->maps[CLUSTER_ENDPOINT] = all.endpoint;
    out->maps[CLUSTER_BACKEND] = all.backend;
    for (size_t i = 0; r == 0 && i < CLUSTER_MAPS; i++)
        r = map_entries_sort(&out->maps[i]);
    if (r < 0)
        cluster_free(out);
    return r;
}
