// SPDX-License-Identifier: Apache-2.0
/* The topology's entries, collected once as bytes and written to every node's maps in one batch a
 * map. */
#include "maps/topology.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "place/bpffs.h"
#include "maps/convert.h"
#include "maps/layout.h"
#include "maps/raw.h"
#include "topology/entries.h"

static_assert(TOPOLOGY_PRIORITIES == KM_PRIORITIES, "priorities");
static_assert(TOPOLOGY_SERVICE_PORTS == KM_SERVICE_PORTS, "service ports");
static_assert(TOPOLOGY_POD_SERVICES == KM_BACKEND_SERVICES, "services of a backend");

void topology_entries_free(struct topology_entries *all)
{
    map_entries_free(&all->frontend);
    map_entries_free(&all->service);
    map_entries_free(&all->endpoint);
    map_entries_free(&all->backend);
}

static int topology_add_frontend(void *data, const struct address *address, uint32_t upstream)
{
    struct topology_entries *all = data;

    return map_entries_add(&all->frontend, address->bytes, &upstream);
}

static int topology_add_service(void *data, uint32_t id, const struct topology_service *service,
                                const uint32_t counts[TOPOLOGY_PRIORITIES],
                                const struct address_port *waypoint)
{
    struct topology_entries *all = data;
    struct km_service_value value = {.policy = service->policy,
                                     .waypoint_port = maps_port_cell(waypoint->port)};

    memcpy(value.counts, counts, sizeof(value.counts));
    memcpy(value.waypoint, waypoint->address.bytes, sizeof(value.waypoint));
    for (size_t i = 0; i < service->n_ports; i++) {
        value.ports[i] = maps_port_cell(service->ports[i].port);
        value.targets[i] = maps_port_cell(service->ports[i].target);
    }
    return map_entries_add(&all->service, &id, &value);
}

static int topology_add_endpoint(void *data, uint32_t service, uint32_t priority, uint32_t index,
                                 uint32_t uid)
{
    struct topology_entries *all = data;
    struct km_endpoint_key key = {service, priority, index};

    return map_entries_add(&all->endpoint, &key, &uid);
}

static int topology_add_backend(void *data, uint32_t uid, const struct address *address,
                                const uint32_t *services, size_t n_services,
                                const struct address_port *waypoint)
{
    struct topology_entries *all = data;
    struct km_backend_value value = {.n_services = (uint32_t)n_services,
                                     .waypoint_port = maps_port_cell(waypoint->port)};

    memcpy(value.address, address->bytes, sizeof(value.address));
    for (size_t i = 0; i < n_services; i++)
        value.services[i] = services[i];
    memcpy(value.waypoint, waypoint->address.bytes, sizeof(value.waypoint));
    return map_entries_add(&all->backend, &uid, &value);
}

/* Older objects get the entries in their own layout, as far as it goes. */
static int topology_write_entries(const struct map_handle *handle, const struct topology_node *node,
                                  const struct map_layout *layout,
                                  const struct map_entries *entries)
{
    _cleanup_(map_entries_free) struct map_entries converted = {};
    size_t lost = 0;
    int r;

    if (handle->layout == layout)
        return map_write_entries(handle, layout->name, entries);
    r = maps_convert(layout, handle->layout, entries, &converted, &lost);
    if (r < 0)
        return r;
    if (lost)
        log_warning("map '%s' of '%s' has the layout of %s: %zu of %zu entries cannot be written "
                    "in full there",
                    layout->name, node->name, handle->layout->version, lost, entries->n);
    return map_write_entries(handle, layout->name, &converted);
}

/* A datapath of parts need not have every map. */
int topology_write_map(const struct lab *lab, const struct topology_node *node, const char *dir,
                       const char *name, const struct map_entries *entries)
{
    _cleanup_(map_handle_close) struct map_handle handle = {.fd = -1};
    _cleanup_close_ int fd = -1;
    const struct map_layout *layout = map_layout(name);
    int r = bpffs_open(dir, name, &fd);

    if (r == -ENOENT) {
        log_info("the programs of '%s' have no map '%s'", node->name, name);
        return 0;
    }
    r = map_handle_open(lab, node, name, &handle);
    if (r < 0)
        return r;
    if (!handle.layout)
        return err_say(EPROTO,
                       "map '%s' of '%s' has type %u, key %u and value %u; must have type %u, key "
                       "%u and value %u",
                       name, node->name, handle.info.type, handle.info.key_size,
                       handle.info.value_size, layout->type, layout->key_size, layout->value_size);
    return topology_write_entries(&handle, node, layout, entries);
}

static int topology_write_node(const struct lab *lab, const struct topology_node *node,
                               const struct topology_entries *all)
{
    /* Backends before what leads to them: a connect never finds half of a service. */
    const struct {
        const char *name;
        const struct map_entries *entries;
    } maps[] = {{"km_backend", &all->backend},
                {"km_endpoint", &all->endpoint},
                {"km_service", &all->service},
                {"km_frontend", &all->frontend}};
    _cleanup_free_ char *dir = NULL;
    int r = maps_dir(lab, node, &dir);

    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
        r = topology_write_map(lab, node, dir, maps[i].name, maps[i].entries);
        if (r < 0)
            return r;
    }
    return 0;
}

int topology_entries_read(const struct topology *topology, enum family family,
                          struct topology_entries *out)
{
    static const struct entries_visitor visitor = {topology_add_frontend, topology_add_service,
                                                   topology_add_endpoint, topology_add_backend};
    _cleanup_(topology_entries_free) struct topology_entries all = {
        .frontend = {.key_size = sizeof(struct km_frontend_key), .value_size = 4},
        .service = {.key_size = 4, .value_size = sizeof(struct km_service_value)},
        .endpoint = {.key_size = sizeof(struct km_endpoint_key), .value_size = 4},
        .backend = {.key_size = 4, .value_size = sizeof(struct km_backend_value)},
    };
    int r = entries_visit(topology, family, &visitor, &all);

    if (r < 0)
        return r;
    *out = all;
    all = (struct topology_entries){};
    return 0;
}

int maps_write_topology(const struct lab *lab)
{
    _cleanup_(topology_entries_free) struct topology_entries all = {};
    int r = topology_entries_read(lab->topology, lab->family, &all);

    if (r < 0)
        return r;
    for (size_t i = 0; i < lab->topology->n_nodes; i++) {
        r = topology_write_node(lab, &lab->topology->nodes[i], &all);
        if (r < 0)
            return r;
    }
    return 0;
}
