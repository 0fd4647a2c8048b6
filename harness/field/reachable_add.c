// SPDX-License-Identifier: Apache-2.0
#include "field/reachable_add.h"

#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "field/bundle_namespace.h"

static void reachable_take_address(struct address *v4, struct address *v6, const struct address *a)
{
    if (a->af == AF_INET && v4->af == AF_UNSPEC)
        *v4 = *a;
    if (a->af == AF_INET6 && v6->af == AF_UNSPEC)
        *v6 = *a;
}

static bool reachable_name_taken(const struct reachable *reachable, const char *name)
{
    for (size_t i = 0; i < reachable->n_pods; i++)
        if (strcmp(reachable->pods[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < reachable->n_services; i++)
        if (strcmp(reachable->services[i].name, name) == 0)
            return true;
    return strcmp(name, "node") == 0;
}

/* The bundle's own name where it has one, else `prefix` and a number. */
static void reachable_name(const struct reachable *reachable, const char *own, const char *prefix,
                           char out[TOPOLOGY_NAME_MAX + 1])
{
    if (own && topology_name_check(own) == 0 && !reachable_name_taken(reachable, own)) {
        snprintf(out, TOPOLOGY_NAME_MAX + 1, "%s", own);
        return;
    }
    for (unsigned int i = 1; i <= REACHABLE_PODS_MAX + REACHABLE_SERVICES_MAX + 1; i++) {
        snprintf(out, TOPOLOGY_NAME_MAX + 1, "%s%u", prefix, i);
        if (!reachable_name_taken(reachable, out))
            return;
    }
}

bool reachable_is_backends(const struct reachable_work *w, uint32_t id, const struct address *a)
{
    struct km_backend_value backend;
    char text[ADDRESS_TEXT_MAX];
    struct address own;

    if (!cluster_backend(w->cluster, id, &backend))
        return false;
    own = address_from_map(backend.address);
    return address_equal(&own, a) || bundle_namespace(w->bundle, NULL, address_text(a, text));
}

/* Other frontends of the same upstream are other addresses of the same pod or service. */
static void reachable_frontends(const struct reachable_work *w, uint32_t id, bool backend,
                                struct address *v4, struct address *v6)
{
    struct km_service_value service;
    bool both = cluster_service(w->cluster, id, &service);
    const struct map_entries *e = &w->cluster->maps[CLUSTER_FRONTEND];

    for (size_t i = 0; i < e->n; i++) {
        uint32_t upstream;
        struct address a = address_from_map(map_entries_key(e, i));

        memcpy(&upstream, map_entries_value(e, i), sizeof(upstream));
        if (upstream == id && (backend ? address_fits_lab(&a) : address_fits_service(&a)) &&
            (backend ? !both : !reachable_is_backends(w, id, &a)))
            reachable_take_address(v4, v6, &a);
    }
}

static void reachable_namespace_addresses(const json_t *ns, struct reachable_pod *pod)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(ns, "addresses"), i, entry) {
        const char *text = json_string_value(entry);
        struct address a;

        if (text && address_parse(text, &a) == 0 && address_fits_lab(&a))
            reachable_take_address(&pod->v4, &pod->v6, &a);
    }
}

/* An address that another pod or service has already is not this one's. */
static void reachable_drop_taken(const struct reachable *reachable, struct address *a,
                                 const struct address *keep)
{
    if (a->af != AF_UNSPEC && !address_equal(a, keep) &&
        (reachable_pod(reachable, a) || reachable_service(reachable, a)))
        *a = (struct address){};
}

struct reachable_pod *reachable_add_pod(struct reachable_work *w, const struct address *address,
                                        const char *prefix)
{
    struct reachable *reachable = w->reachable;
    struct reachable_pod *pod = (struct reachable_pod *)reachable_pod(reachable, address), new = {};
    char text[ADDRESS_TEXT_MAX];
    const json_t *ns;
    uint32_t id;

    if (pod || !address_fits_lab(address) || reachable_service(reachable, address))
        return pod;
    if (reachable->n_pods >= REACHABLE_PODS_MAX) {
        reachable->cut = true;
        return NULL;
    }
    ns = bundle_namespace(w->bundle, NULL, address_text(address, text));
    reachable_take_address(&new.v4, &new.v6, address);
    if (ns)
        reachable_namespace_addresses(ns, &new);
    if (cluster_frontend(w->cluster, address, &id))
        reachable_frontends(w, id, true, &new.v4, &new.v6);
    reachable_drop_taken(reachable, &new.v4, address);
    reachable_drop_taken(reachable, &new.v6, address);
    reachable_name(reachable, json_string_value(json_object_get(ns, "name")), prefix, new.name);
    reachable->pods[reachable->n_pods] = new;
    return &reachable->pods[reachable->n_pods++];
}

void reachable_add_port(struct reachable_pod *pod, uint16_t port)
{
    if (!pod || port == 0 || pod->n_ports >= REACHABLE_PORTS_MAX)
        return;
    for (size_t i = 0; i < pod->n_ports; i++)
        if (pod->ports[i] == port)
            return;
    pod->ports[pod->n_ports++] = port;
}

void reachable_add_service(struct reachable_work *w, uint32_t id)
{
    struct reachable *reachable = w->reachable;
    struct reachable_service new = {.id = id};

    for (size_t i = 0; i < reachable->n_services; i++)
        if (reachable->services[i].id == id)
            return;
    if (reachable->n_services >= REACHABLE_SERVICES_MAX)
        return;
    reachable_frontends(w, id, false, &new.v4, &new.v6);
    reachable_drop_taken(reachable, &new.v4, &(struct address){});
    reachable_drop_taken(reachable, &new.v6, &(struct address){});
    if (new.v4.af == AF_UNSPEC &&new.v6.af == AF_UNSPEC)
        return;
    reachable_name(reachable, NULL, "service", new.name);
    reachable->services[reachable->n_services++] = new;
}
