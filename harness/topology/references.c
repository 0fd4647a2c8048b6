// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "topology/build.h"

static int references_unknown(const struct build *b, struct build_place at, enum build_kind kind,
                              const char *name)
{
    const struct topology *t = b->topology;
    const size_t from[] = {0, t->n_nodes, t->n_nodes + t->n_pods};
    const size_t n[] = {t->n_nodes, t->n_pods, t->n_services};
    _cleanup_free_ char *known = build_list(t, from[kind], n[kind]);
    char quoted[TEXT_QUOTE_MAX];

    return build_error(b, at, "there is no %s '%s', %ss are: %s", build_kind_name(kind),
                       text_quote(name, quoted), build_kind_name(kind), known ? known : "?");
}

int build_find(const struct build *b, struct build_place at, enum build_kind kind, const char *name,
               struct build_owner *out)
{
    size_t position;

    if (!index_find_name(&b->names, name, &position))
        return references_unknown(b, at, kind, name);
    *out = build_owner(b->topology, position);
    if (out->kind != kind)
        return build_error(b, at, "'%s' is a %s, must be a %s", out->name,
                           build_kind_name(out->kind), build_kind_name(kind));
    return 0;
}

static int references_waypoint_address(const struct build *b, const struct build_owner *owner,
                                       const struct spec_waypoint *w, struct topology_waypoint *out)
{
    struct build_place at6 = build_at(owner, "waypoint/address6");
    struct address address, address6 = {0};
    int r = build_waypoint_address(b, build_at(owner, "waypoint/address"), w->address, &address);

    if (r < 0)
        return r;
    if (w->address6)
        r = build_waypoint_address(b, at6, w->address6, &address6);
    if (r < 0)
        return r;
    if (w->address6 && address6.af != AF_INET6)
        return build_error(b, at6, "'address6' is '%s', must be an IPv6 address", w->address6);
    if (w->address6 && address.af == AF_INET6)
        return build_error(b, at6, "'address6' beside an 'address' that is IPv6 already");
    out->v6 = address6;
    *(address.af == AF_INET ? &out->v4 : &out->v6) = address;
    return 0;
}

static int references_waypoint_kind(const struct build *b, const struct build_owner *owner,
                                    const struct spec_waypoint *w)
{
    int kinds = (w->pod != NULL) + (w->service != NULL) + (w->address != NULL);

    if (kinds > 1)
        return build_error(b, build_at(owner, "waypoint"),
                           "a waypoint is one of 'pod', 'service' and 'address', here are %d",
                           kinds);
    if (kinds == 0)
        return build_error(b, build_at(owner, "waypoint"),
                           "a waypoint without 'pod', 'service' or 'address'");
    if (w->address6 && !w->address)
        return build_error(b, build_at(owner, "waypoint/address6"),
                           "'address6' without an 'address' beside it");
    return 0;
}

static int references_waypoint(const struct build *b, size_t position,
                               const struct spec_waypoint *w, struct topology_waypoint *out)
{
    struct build_owner owner = build_owner(b->topology, position), to = {0};
    int r;

    if (!w)
        return 0;
    r = references_waypoint_kind(b, &owner, w);
    if (r < 0)
        return r;
    out->port = (uint16_t)w->port;
    if (w->address)
        return references_waypoint_address(b, &owner, w, out);
    if (w->pod)
        r = build_find(b, build_at(&owner, "waypoint/pod"), BUILD_POD, w->pod, &to);
    else
        r = build_find(b, build_at(&owner, "waypoint/service"), BUILD_SERVICE, w->service, &to);
    out->v4 = to.v4;
    out->v6 = to.v6;
    return r;
}

/* Notes that a pod is an endpoint of a service. */
static int references_pod_service(const struct build *b, struct build_place at,
                                  struct topology_pod *pod, size_t service)
{
    size_t *services;

    /* Services are gone through in order: one that the pod has already is its last. */
    if (pod->n_services > 0 && pod->services[pod->n_services - 1] == service)
        return build_error(b, at, "the pod '%s' is an endpoint of '%s' already", pod->name,
                           b->topology->services[service].name);
    if (pod->n_services == TOPOLOGY_POD_SERVICES)
        return build_error(b, at, "the pod '%s' is an endpoint of more than %d services", pod->name,
                           TOPOLOGY_POD_SERVICES);
    services = reallocarray(pod->services, pod->n_services + 1, sizeof(*services));
    if (!services)
        return err_r(ENOMEM, "cannot read a topology");
    pod->services = services;
    pod->services[pod->n_services++] = service;
    return 0;
}

static int references_endpoints(const struct build *b, size_t service)
{
    const struct spec_service *s = &b->spec->services[service];
    struct topology_service *out = &b->topology->services[service];

    for (size_t i = 0; i < s->n_endpoints; i++) {
        struct build_owner pod = {0};
        struct build_place at = {"services", service, "pod", "endpoints", i};
        int r = build_find(b, at, BUILD_POD, s->endpoints[i].pod, &pod);

        if (r < 0)
            return r;
        r = references_pod_service(b, at, &b->topology->pods[pod.index], service);
        if (r < 0)
            return r;
        out->endpoints[i] = (struct topology_endpoint){pod.index, s->endpoints[i].priority};
    }
    return 0;
}

/* Every pod's node, before addresses are assigned: they go by node. */
int build_pod_nodes(struct build *b)
{
    for (size_t i = 0; i < b->spec->n_pods; i++) {
        const char *name = b->spec->pods[i].node;
        struct build_owner node = {0};
        int r = 0;

        if (name)
            r = build_find(b, (struct build_place){"pods", i, "node", NULL, 0}, BUILD_NODE, name,
                           &node);
        if (r < 0)
            return r;
        b->topology->pods[i].node = node.index;
    }
    return 0;
}

/* The DNS proxy is a pod whose uid is 0, which cannot be given. */
static int references_dns_proxy(const struct build *b)
{
    const struct build_place at = {.list = "dns_proxy", .member = ""};
    const char *name = b->spec->dns_proxy;
    struct build_owner pod = {0};
    int r = name ? build_find(b, at, BUILD_POD, name, &pod) : 0;

    if (r < 0 || !name)
        return r;
    if (b->spec->pods[pod.index].uid)
        return build_error(b, build_at(&pod, "uid"),
                           "the pod '%s' is the DNS proxy, whose uid is 0: leave 'uid' out",
                           pod.name);
    b->topology->pods[pod.index].uid = 0;
    return 0;
}

static int references_waypoints(const struct build *b)
{
    struct topology *t = b->topology;
    size_t at = t->n_nodes;

    for (size_t i = 0; i < t->n_pods; i++) {
        int r = references_waypoint(b, at++, b->spec->pods[i].waypoint, &t->pods[i].waypoint);

        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < t->n_services; i++) {
        int r =
            references_waypoint(b, at++, b->spec->services[i].waypoint, &t->services[i].waypoint);

        if (r < 0)
            return r;
    }
    return 0;
}

int build_references(struct build *b)
{
    int r;

    for (size_t i = 0; i < b->topology->n_services; i++) {
        r = references_endpoints(b, i);
        if (r < 0)
            return r;
    }
    r = references_waypoints(b);
    return r < 0 ? r : references_dns_proxy(b);
}
