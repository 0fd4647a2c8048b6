// SPDX-License-Identifier: Apache-2.0
#include "topology/entries.h"

#include <errno.h>

static const struct address *entries_address(enum family family, const struct address *v4,
                                             const struct address *v6)
{
    return family == FAMILY_V6 ? v6 : v4;
}

static struct address_port entries_waypoint(enum family family, const struct topology_waypoint *w)
{
    struct address_port none = {0};
    const struct address *address = entries_address(family, &w->v4, &w->v6);

    if (w->port == 0 || address->af == AF_UNSPEC)
        return none;
    return (struct address_port){*address, w->port};
}

static int entries_backends(const struct topology *t, enum family family,
                            const struct entries_visitor *visitor, void *data)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && visitor->backend && i < t->n_pods; i++) {
        const struct topology_pod *pod = &t->pods[i];
        struct address_port waypoint = entries_waypoint(family, &pod->waypoint);
        uint32_t services[TOPOLOGY_POD_SERVICES];

        for (size_t j = 0; j < pod->n_services; j++)
            services[j] = t->services[pod->services[j]].id;
        r = visitor->backend(data, pod->uid, entries_address(family, &pod->v4, &pod->v6), services,
                             pod->n_services, &waypoint);
    }
    return r < 0 ? r : 0;
}

/* One service and its endpoints, which come first. */
static int entries_service(const struct topology *t, const struct topology_service *service,
                           enum family family, const struct entries_visitor *visitor, void *data)
{
    struct address_port waypoint = entries_waypoint(family, &service->waypoint);
    uint32_t counts[TOPOLOGY_PRIORITIES] = {0};
    int r = 0;

    for (size_t i = 0; r >= 0 && i < service->n_endpoints; i++) {
        const struct topology_endpoint *e = &service->endpoints[i];
        uint32_t index = ++counts[e->priority];

        if (visitor->endpoint)
            r = visitor->endpoint(data, service->id, e->priority, index, t->pods[e->pod].uid);
    }
    if (r >= 0 && visitor->service)
        r = visitor->service(data, service->id, service, counts, &waypoint);
    return r < 0 ? r : 0;
}

static int entries_frontends(const struct topology *t, const struct entries_visitor *visitor,
                             void *data)
{
    if (!visitor->frontend)
        return 0;
    for (size_t i = 0; i < t->n_frontends; i++) {
        const struct topology_frontend *f = &t->frontends[i];
        int r = visitor->frontend(data, &f->address, f->service ? f->service->id : f->pod->uid);

        if (r < 0)
            return r;
    }
    return 0;
}

int entries_visit(const struct topology *t, enum family family,
                  const struct entries_visitor *visitor, void *data)
{
    int r = entries_backends(t, family, visitor, data);

    if (r < 0)
        return r;
    for (size_t i = 0; i < t->n_services; i++) {
        r = entries_service(t, &t->services[i], family, visitor, data);
        if (r < 0)
            return r;
    }
    return entries_frontends(t, visitor, data);
}
