// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "field/emit.h"
#include "maps/entries.h"
#include "maps/layout.h"
#include "maps/topology.h"

static void emit_address(FILE *f, const char *key, const struct address *a)
{
    char text[ADDRESS_TEXT_MAX];

    fprintf(f, "    %s: '%s'\n", key, address_text(a, text));
}

static void emit_waypoint(FILE *f, const struct emit *e, const uint8_t bytes[16], uint32_t cell)
{
    struct address address = address_from_map(bytes);
    const struct reachable_service *service = reachable_service(e->reachable, &address);
    const struct reachable_pod *pod = reachable_pod(e->reachable, &address);
    char text[ADDRESS_TEXT_MAX];

    if (address.af == AF_UNSPEC || cell == 0)
        return;
    if (service)
        fprintf(f, "    waypoint: {service: %s, port: %u}\n", service->name, maps_cell_port(cell));
    else if (pod)
        fprintf(f, "    waypoint: {pod: %s, port: %u}\n", pod->name, maps_cell_port(cell));
    else
        fprintf(f, "    waypoint: {address: '%s', port: %u}\n", address_text(&address, text),
                maps_cell_port(cell));
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

static void emit_pod(FILE *f, const struct emit *e, const struct reachable_pod *pod)
{
    bool is_proxy = pod == emit_dns_proxy(e);
    struct km_backend_value backend;
    uint32_t uid = 0;

    fprintf(f, "  - name: %s\n", pod->name);
    if (!pod->is_client || !(pod->cookie || pod->in_v4 || pod->in_v6))
        fprintf(f, "    managed: false\n");
    emit_address(f, "ipv4", &pod->v4);
    emit_address(f, "ipv6", &pod->v6);
    if (is_proxy ? cluster_backend(e->cluster, 0, &backend)
                 : emit_find_backend(e, pod, &uid, &backend)) {
        if (!is_proxy)
            fprintf(f, "    uid: %u\n", uid);
        emit_waypoint(f, e, backend.waypoint, backend.waypoint_port);
    }
    for (size_t i = 0; i < pod->n_ports; i++)
        fprintf(f, "%s{port: %u}%s", i ? ", " : "    listeners: [", pod->ports[i],
                i + 1 == pod->n_ports ? "]\n" : "");
}

static void emit_endpoints(FILE *f, const struct emit *e, uint32_t id,
                           const struct km_service_value *service)
{
    bool first = true;

    fprintf(f, "    endpoints: [");
    for (uint32_t p = 0; p < KM_PRIORITIES; p++)
        for (uint32_t i = 1; i <= service->counts[p] && i <= REACHABLE_PODS_MAX; i++) {
            const struct reachable_pod *pod = NULL;
            uint32_t uid;

            if (cluster_endpoint(e->cluster, id, p, i, &uid))
                pod = emit_pod_of(e, uid);
            if (!pod)
                continue;
            fprintf(f, "%s{pod: %s", first ? "" : ", ", pod->name);
            if (p)
                fprintf(f, ", priority: %u", p);
            fprintf(f, "}");
            first = false;
        }
    fprintf(f, "]\n");
}

static void emit_ports(FILE *f, const struct km_service_value *service)
{
    bool first = true;

    fprintf(f, "    ports: [");
    for (size_t i = 0; i < KM_SERVICE_PORTS; i++) {
        uint16_t port = maps_cell_port(service->ports[i]);
        uint16_t target = maps_cell_port(service->targets[i]);

        if (port && target)
            fprintf(f, "%s{port: %u, target: %u}", first ? "" : ", ", port, target);
        first = first && !(port && target);
    }
    fprintf(f, "]\n");
}

static void emit_service(FILE *f, const struct emit *e, const struct reachable_service *service)
{
    static const char *const policies[] = {"random", "strict", "failover"};
    struct km_service_value value;

    if (!cluster_service(e->cluster, service->id, &value))
        return;
    fprintf(f, "  - name: %s\n    id: %u\n", service->name, service->id);
    emit_address(f, "ipv4", &service->v4);
    emit_address(f, "ipv6", &service->v6);
    if (value.policy && value.policy < ARRAY_SIZE(policies))
        fprintf(f, "    policy: %s\n", policies[value.policy]);
    emit_ports(f, &value);
    emit_endpoints(f, e, service->id, &value);
    emit_waypoint(f, e, value.waypoint, value.waypoint_port);
}

void emit_topology(FILE *f, const struct emit *e)
{
    const struct reachable_pod *proxy = emit_dns_proxy(e);

    fprintf(f,
            "# SPDX-License-Identifier: Apache-2.0\n# Shrunk from a bundle by `waypost shrink`.\n"
            "pods:\n");
    for (size_t i = 0; i < e->reachable->n_pods; i++)
        emit_pod(f, e, &e->reachable->pods[i]);
    if (proxy)
        fprintf(f, "dns_proxy: %s\n", proxy->name);
    if (e->reachable->n_services)
        fprintf(f, "services:\n");
    for (size_t i = 0; i < e->reachable->n_services; i++)
        emit_service(f, e, &e->reachable->services[i]);
    field_settings_print(f, e->settings);
}

int emit_cluster(const char *path, enum family family, struct cluster *out)
{
    _cleanup_(topology_free) struct topology *topology = NULL;
    struct topology_entries all = {};
    int r = topology_read(path, &topology);

    if (r == 0)
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
