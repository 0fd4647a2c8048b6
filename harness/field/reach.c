// SPDX-License-Identifier: Apache-2.0
#include "field/reach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

/* Where the walk has been: tables may lead in circles. */
#define REACH_VISITS_MAX 512

struct reach_work {
    const struct bundle *bundle;
    const struct cluster *cluster;
    struct reach *reach;
    struct {
        uint32_t service;
        uint16_t port;
    } visits[REACH_VISITS_MAX];
    size_t n_visits;
};

bool reach_fits(const struct address *a)
{
    static const uint8_t zero[16];
    const uint8_t *b = a->bytes;

    if (a->af == AF_INET)
        return b[0] != 0 && b[0] != 127 && b[0] < 224 && !(b[0] == 169 && b[1] == 254) &&
               !(b[0] == 10 && b[1] == 127);
    return a->af == AF_INET6 && memcmp(b, zero, 14) != 0 && memcmp(b + 4, zero, 12) != 0 &&
           memcmp(b, (uint8_t[12]){[10] = 0xff, [11] = 0xff}, 12) != 0 &&
           !(b[0] == 0xfe && (b[1] & 0xc0) == 0x80) && b[0] != 0xff;
}

const struct reach_pod *reach_pod(const struct reach *reach, const struct address *address)
{
    struct address plain = address_unmapped(address);

    for (size_t i = 0; i < reach->n_pods; i++)
        if (address_equal(&reach->pods[i].v4, &plain) || address_equal(&reach->pods[i].v6, &plain))
            return &reach->pods[i];
    return NULL;
}

const struct reach_service *reach_service(const struct reach *reach, const struct address *address)
{
    struct address plain = address_unmapped(address);

    for (size_t i = 0; i < reach->n_services; i++)
        if (address_equal(&reach->services[i].v4, &plain) ||
            address_equal(&reach->services[i].v6, &plain))
            return &reach->services[i];
    return NULL;
}

static void reach_take_address(struct address *v4, struct address *v6, const struct address *a)
{
    if (a->af == AF_INET && v4->af == AF_UNSPEC)
        *v4 = *a;
    if (a->af == AF_INET6 && v6->af == AF_UNSPEC)
        *v6 = *a;
}

static bool reach_has_address(const json_t *ns, const char *address)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(ns, "addresses"), i, entry) {
        const char *text = json_string_value(entry);

        if (text && strcmp(text, address) == 0)
            return true;
    }
    return false;
}

/* Whether km_manage has the namespace's cookie. */
static bool reach_is_enrolled(const struct bundle *bundle, const json_t *ns)
{
    const struct bundle_map *manage = bundle_map(bundle, "km_manage");
    uint64_t key[2] = {(uint64_t)json_integer_value(json_object_get(ns, "cookie")), 0};

    return manage && key[0] && map_entries_find(&manage->entries, key) >= 0;
}

/* The namespace of that name, or that has the address; NULL when the bundle does not know. Of
 * several with one address (a pod that is gone, containers within a pod) the enrolled one counts.
 */
static const json_t *reach_namespace(const struct bundle *bundle, const char *key,
                                     const char *address)
{
    const json_t *ns, *found = NULL;
    size_t i;

    json_array_foreach (json_object_get(bundle->node, "namespaces"), i, ns) {
        const char *name = json_string_value(json_object_get(ns, "name"));

        if (key && name && strcmp(name, key) == 0)
            return ns;
        if (address && reach_has_address(ns, address) &&
            (!found || (!reach_is_enrolled(bundle, found) && reach_is_enrolled(bundle, ns))))
            found = ns;
    }
    return found;
}

static bool reach_name_taken(const struct reach *reach, const char *name)
{
    for (size_t i = 0; i < reach->n_pods; i++)
        if (strcmp(reach->pods[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < reach->n_services; i++)
        if (strcmp(reach->services[i].name, name) == 0)
            return true;
    return strcmp(name, "node") == 0;
}

/* The bundle's own name where it has one, else `prefix` and a number. */
static void reach_name(const struct reach *reach, const char *own, const char *prefix,
                       char out[TOPOLOGY_NAME_MAX + 1])
{
    if (own && topology_name_check(own) == 0 && !reach_name_taken(reach, own)) {
        snprintf(out, TOPOLOGY_NAME_MAX + 1, "%s", own);
        return;
    }
    for (unsigned int i = 1; i <= REACH_PODS_MAX + REACH_SERVICES_MAX + 1; i++) {
        snprintf(out, TOPOLOGY_NAME_MAX + 1, "%s%u", prefix, i);
        if (!reach_name_taken(reach, out))
            return;
    }
}

/* A number may be a service's id and a backend's uid (CN-18): whether the address is the backend's.
 */
static bool reach_is_backends(const struct reach_work *w, uint32_t id, const struct address *a)
{
    struct km_backend_value backend;
    char text[ADDRESS_TEXT_MAX];
    struct address own;

    if (!cluster_backend(w->cluster, id, &backend))
        return false;
    own = address_from_map(backend.address);
    return address_equal(&own, a) || reach_namespace(w->bundle, NULL, address_text(a, text));
}

/* Other frontends of the same upstream are other addresses of the same pod or service. */
static void reach_frontends(const struct reach_work *w, uint32_t id, bool backend,
                            struct address *v4, struct address *v6)
{
    struct km_service_value service;
    bool both = cluster_service(w->cluster, id, &service);
    const struct map_entries *e = &w->cluster->maps[CLUSTER_FRONTEND];

    for (size_t i = 0; i < e->n; i++) {
        uint32_t upstream;
        struct address a = address_from_map(map_entries_key(e, i));

        memcpy(&upstream, map_entries_value(e, i), sizeof(upstream));
        if (upstream == id && reach_fits(&a) && (backend ? !both : !reach_is_backends(w, id, &a)))
            reach_take_address(v4, v6, &a);
    }
}

static void reach_namespace_addresses(const json_t *ns, struct reach_pod *pod)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(ns, "addresses"), i, entry) {
        const char *text = json_string_value(entry);
        struct address a;

        if (text && address_parse(text, &a) == 0 && reach_fits(&a))
            reach_take_address(&pod->v4, &pod->v6, &a);
    }
}

/* An address that another pod or service has already is not this one's. */
static void reach_drop_taken(const struct reach *reach, struct address *a,
                             const struct address *keep)
{
    if (a->af != AF_UNSPEC && !address_equal(a, keep) &&
        (reach_pod(reach, a) || reach_service(reach, a)))
        *a = (struct address){};
}

static struct reach_pod *reach_add_pod(struct reach_work *w, const struct address *address,
                                       const char *prefix)
{
    struct reach *reach = w->reach;
    struct reach_pod *pod = (struct reach_pod *)reach_pod(reach, address), new = {};
    char text[ADDRESS_TEXT_MAX];
    const json_t *ns;
    uint32_t id;

    if (pod || !reach_fits(address) || reach_service(reach, address))
        return pod;
    if (reach->n_pods >= REACH_PODS_MAX) {
        reach->cut = true;
        return NULL;
    }
    ns = reach_namespace(w->bundle, NULL, address_text(address, text));
    reach_take_address(&new.v4, &new.v6, address);
    if (ns)
        reach_namespace_addresses(ns, &new);
    if (cluster_frontend(w->cluster, address, &id))
        reach_frontends(w, id, true, &new.v4, &new.v6);
    reach_drop_taken(reach, &new.v4, address);
    reach_drop_taken(reach, &new.v6, address);
    reach_name(reach, json_string_value(json_object_get(ns, "name")), prefix, new.name);
    reach->pods[reach->n_pods] = new;
    return &reach->pods[reach->n_pods++];
}

static void reach_add_port(struct reach_pod *pod, uint16_t port)
{
    if (!pod || port == 0 || pod->n_ports >= REACH_PORTS_MAX)
        return;
    for (size_t i = 0; i < pod->n_ports; i++)
        if (pod->ports[i] == port)
            return;
    pod->ports[pod->n_ports++] = port;
}

static void reach_waypoint(struct reach_work *w, const uint8_t bytes[16], uint32_t cell, int depth);

static void reach_backend(struct reach_work *w, uint32_t uid, const uint16_t *ports, size_t n,
                          int depth)
{
    struct km_backend_value backend;
    struct address address;
    struct reach_pod *pod;

    if (!cluster_backend(w->cluster, uid, &backend))
        return;
    address = address_from_map(backend.address);
    pod = address.af == AF_UNSPEC ? NULL : reach_add_pod(w, &address, "pod");
    for (size_t i = 0; i < n; i++)
        reach_add_port(pod, ports[i]);
    reach_waypoint(w, backend.waypoint, backend.waypoint_port, depth);
}

static void reach_add_service(struct reach_work *w, uint32_t id)
{
    struct reach *reach = w->reach;
    struct reach_service new = {.id = id};

    for (size_t i = 0; i < reach->n_services; i++)
        if (reach->services[i].id == id)
            return;
    if (reach->n_services >= REACH_SERVICES_MAX)
        return;
    reach_frontends(w, id, false, &new.v4, &new.v6);
    reach_drop_taken(reach, &new.v4, &(struct address){});
    reach_drop_taken(reach, &new.v6, &(struct address){});
    if (new.v4.af == AF_UNSPEC &&new.v6.af == AF_UNSPEC)
        return;
    reach_name(reach, NULL, "service", new.name);
    reach->services[reach->n_services++] = new;
}

/* False when the walk was there already. */
static bool reach_visit(struct reach_work *w, uint32_t service, uint16_t port)
{
    for (size_t i = 0; i < w->n_visits; i++)
        if (w->visits[i].service == service && w->visits[i].port == port)
            return false;
    if (w->n_visits >= REACH_VISITS_MAX)
        return false;
    w->visits[w->n_visits].service = service;
    w->visits[w->n_visits++].port = port;
    return true;
}

/* Every endpoint that the table has of the service, whatever its counts say. */
static void reach_service_pods(struct reach_work *w, uint32_t id,
                               const struct km_service_value *service, uint16_t asked, int depth)
{
    const struct map_entries *e = &w->cluster->maps[CLUSTER_ENDPOINT];
    uint16_t ports[KM_SERVICE_PORTS + 1];

    if (!reach_visit(w, id, asked))
        return;
    reach_add_service(w, id);
    for (size_t i = 0; i < KM_SERVICE_PORTS; i++)
        ports[i] = maps_cell_port(service->targets[i]);
    ports[KM_SERVICE_PORTS] = asked;
    for (size_t i = 0; i < e->n && !w->reach->cut; i++) {
        struct km_endpoint_key key;
        uint32_t uid;

        memcpy(&key, map_entries_key(e, i), sizeof(key));
        memcpy(&uid, map_entries_value(e, i), sizeof(uid));
        if (key.service == id)
            reach_backend(w, uid, ports, ARRAY_SIZE(ports), depth);
    }
}

static void reach_loopback(struct reach_work *w, uint16_t port)
{
    for (size_t i = 0; i < w->reach->n_pods; i++)
        if (w->reach->pods[i].is_client)
            reach_add_port(&w->reach->pods[i], port);
}

static void reach_waypoint(struct reach_work *w, const uint8_t bytes[16], uint32_t cell, int depth)
{
    struct address address = address_from_map(bytes);
    uint16_t port = maps_cell_port(cell);
    struct km_service_value service;
    uint32_t id;

    if (address.af == AF_UNSPEC || port == 0 || depth <= 0)
        return;
    if (cluster_frontend(w->cluster, &address, &id) && cluster_service(w->cluster, id, &service))
        reach_service_pods(w, id, &service, port, depth - 1);
    if (reach_service(w->reach, &address))
        return;
    if (reach_fits(&address))
        reach_add_port(reach_add_pod(w, &address, "waypoint"), port);
    else
        reach_loopback(w, port);
}

static void reach_destination(struct reach_work *w, const struct address_port *to)
{
    struct address address = address_unmapped(&to->address);
    struct km_service_value service;
    struct km_backend_value backend;
    uint32_t id;

    if (!cluster_frontend(w->cluster, &address, &id)) {
        reach_add_port(reach_add_pod(w, &address, "pod"), to->port);
    } else if (cluster_service(w->cluster, id, &service)) {
        reach_service_pods(w, id, &service, to->port, 3);
        reach_waypoint(w, service.waypoint, service.waypoint_port, 3);
        if (reach_is_backends(w, id, &address))
            reach_add_port(reach_add_pod(w, &address, "pod"), to->port);
    } else {
        reach_add_port(reach_add_pod(w, &address, "pod"), to->port);
        if (cluster_backend(w->cluster, id, &backend))
            reach_waypoint(w, backend.waypoint, backend.waypoint_port, 3);
    }
    if (to->port == 53)
        reach_backend(w, 0, &(uint16_t){53}, 1, 1);
}

static bool reach_is_managed(const struct bundle_map *manage, const void *key)
{
    return !manage || map_entries_find(&manage->entries, key) >= 0;
}

/* Without a word on namespaces the cookie is taken to be where the address is. */
static void reach_manage(const struct reach_work *w, struct reach_pod *pod, const char *text)
{
    const struct bundle_map *manage = bundle_map(w->bundle, "km_manage");
    const json_t *ns = reach_namespace(w->bundle, NULL, text);
    json_int_t cookie = json_integer_value(json_object_get(ns, "cookie"));
    uint64_t key[2] = {(uint64_t)cookie, 0};

    pod->in_v4 = pod->v4.af != AF_UNSPEC && reach_is_managed(manage, pod->v4.bytes);
    pod->in_v6 = pod->v6.af != AF_UNSPEC && reach_is_managed(manage, pod->v6.bytes);
    pod->cookie = cookie ? reach_is_managed(manage, key) : pod->in_v4 || pod->in_v6;
}

struct predict_client reach_managed(const struct reach_pod *pod, enum family family)
{
    return (struct predict_client){pod->cookie, family == FAMILY_V6 ? pod->in_v6 : pod->in_v4};
}

static int reach_client(struct reach_work *w, const char *from, size_t *out)
{
    struct address address;
    const json_t *ns = reach_namespace(w->bundle, from, NULL), *first;
    char text[ADDRESS_TEXT_MAX];
    struct reach_pod *pod;

    if (address_parse(from, &address) < 0 && topology_name_check(from) < 0)
        return err_say(EINVAL, "a flow is from an address, or from a pod that the bundle names");
    if (address_parse(from, &address) < 0) {
        first = json_array_get(json_object_get(ns, "addresses"), 0);
        if (!json_is_string(first) || address_parse(json_string_value(first), &address) < 0)
            return err_say(EINVAL,
                           "the bundle knows no pod '%.60s'; a flow is from an address, or "
                           "from a pod that it names",
                           from);
    }
    address = address_unmapped(&address);
    if (!reach_fits(&address))
        return err_say(EINVAL, "no pod of a lab can have the address %s",
                       address_text(&address, text));
    pod = reach_add_pod(w, &address, "client");
    if (!pod)
        return err_say(EINVAL, "%s is a service's address, not a client's",
                       address_text(&address, text));
    if (!pod->is_client)
        reach_manage(w, pod, address_text(&address, text));
    pod->is_client = true;
    *out = (size_t)(pod - w->reach->pods);
    return 0;
}

/* 0.0.0.2 and [::2], 929 and 930: it would change km_manage under the flows behind it. */
static bool reach_is_command(const struct address_port *ap)
{
    static const struct address v4 = {AF_INET, {[3] = 2}}, v6 = {AF_INET6, {[15] = 2}};
    struct address plain = address_unmapped(&ap->address);

    return (ap->port == 929 || ap->port == 930) &&
           (address_equal(&plain, &v4) || address_equal(&plain, &v6));
}

static int reach_read_to(const json_t *to, struct reach_flow *flow)
{
    const char *text = json_string_value(to);
    struct address_port *ap = &flow->to[flow->n_to];

    if (flow->n_to >= REACH_CONNECTS_MAX || !text || address_port_parse(text, ap) < 0)
        return err_say(EINVAL, "a flow's 'to' is a list of at most %d ADDRESS:PORT",
                       REACH_CONNECTS_MAX);
    if (flow->n_to++ == 0)
        flow->family = ap->address.af == AF_INET                      ? FAMILY_V4
                       : address_unmapped(&ap->address).af == AF_INET ? FAMILY_MAPPED
                                                                      : FAMILY_V6;
    if (reach_is_command(ap))
        return err_say(EINVAL,
                       "a flow to %s is a command that manages a pod, and goes nowhere; which pods "
                       "are managed is in the bundle's km_manage",
                       text);
    if ((ap->address.af == AF_INET) != (flow->family == FAMILY_V4))
        return err_say(EINVAL, "the connects of one flow are of one family");
    return 0;
}

static int reach_flow(struct reach_work *w, const json_t *j)
{
    struct reach_flow *flow = &w->reach->flows[w->reach->n_flows];
    const json_t *to = json_object_get(j, "to"), *entry;
    const char *from;
    size_t i;
    int r = json_get_string(j, "from", &from);

    if (r == 0 && w->reach->n_flows >= REACH_FLOWS_MAX)
        r = err_say(EINVAL, "at most %d flows at once", REACH_FLOWS_MAX);
    if (r == 0 && (!json_is_array(to) || json_array_size(to) == 0))
        r = err_say(EINVAL, "a flow's 'to' is a list of at most %d ADDRESS:PORT",
                    REACH_CONNECTS_MAX);
    json_array_foreach (to, i, entry) {
        if (r == 0)
            r = reach_read_to(entry, flow);
    }
    if (r == 0)
        r = reach_client(w, from, &flow->client);
    if (r == 0)
        w->reach->n_flows++;
    return r;
}

int reach_new(const struct bundle *bundle, const struct cluster *cluster, const json_t *flows,
              struct reach **out)
{
    _cleanup_free_ struct reach *reach = calloc(1, sizeof(*reach));
    struct reach_work w = {.bundle = bundle, .cluster = cluster, .reach = reach};
    const json_t *flow;
    size_t i;

    if (!reach)
        return err_r(ENOMEM, "cannot plan the lab");
    json_array_foreach (flows, i, flow) {
        int r = reach_flow(&w, flow);

        if (r < 0)
            return r;
    }
    for (i = 0; i < reach->n_flows; i++)
        for (size_t j = 0; j < reach->flows[i].n_to; j++)
            reach_destination(&w, &reach->flows[i].to[j]);
    if (reach->cut)
        log_warning("the flows can reach more than %d pods; the others are map entries only",
                    REACH_PODS_MAX);
    *out = TAKE_PTR(reach);
    return 0;
}
