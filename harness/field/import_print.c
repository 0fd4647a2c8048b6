// SPDX-License-Identifier: Apache-2.0
#include "field/import_print.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "field/import_policy.h"
#include "topology/print.h"

/* By its name a waypoint has its owner's first address. */
static bool import_is_first(const struct import_work *w, const struct address *address)
{
    char plain[ADDRESS_TEXT_MAX];

    return address->af == AF_UNSPEC || !json_object_get(w->others, address_text(address, plain));
}

static void import_print_waypoint(struct import_work *w, struct topology_printer *p,
                                  const char *text)
{
    char plain[ADDRESS_TEXT_MAX];
    struct address address;
    const char *name = import_waypoint(w, text, &address);

    if (name && import_is_first(w, &address))
        topology_print_waypoint(p, json_object_get(w->endpoints, name) ? "service" : "pod", name,
                                w->waypoint_port);
    else if (address.af != AF_UNSPEC)
        topology_print_waypoint(p, "address", address_text(&address, plain), w->waypoint_port);
}

static void import_print_addresses(struct topology_printer *p, const json_t *object)
{
    struct address addresses[2 * TOPOLOGY_ADDRESSES_MAX];
    const json_t *entry;
    size_t i, n = 0;

    json_array_foreach (json_object_get(object, "addresses"), i, entry) {
        if (address_parse(json_string_value(entry), &addresses[n]) == 0)
            n++;
    }
    topology_print_all_addresses(p, addresses, n);
}

/* Of pods in one network one listens on a port: the first. */
static bool import_may_listen(struct import_work *w, const json_t *pod, const char *port)
{
    const char *name = import_text(pod, "name"), *other;
    _cleanup_free_ char *place = NULL;

    if (!json_object_get(w->sharing, name))
        return true;
    if (text_format(&place, "%s:%s", import_text(pod, "node"), port) < 0)
        return false;
    other = json_string_value(json_object_get(w->taken, place));
    if (!other)
        json_object_set_new(w->taken, place, json_string(name));
    else
        w->left_out++;
    return !other;
}

static void import_print_pod(struct import_work *w, struct topology_printer *p, const json_t *pod)
{
    const char *name = import_text(pod, "name"), *key;
    json_t *unused;

    topology_print_pod(p, name);
    topology_print_pod_node(p, import_text(pod, "node"));
    if (json_object_get(w->sharing, name))
        topology_print_host(p);
    import_print_addresses(p, pod);
    import_print_waypoint(w, p, import_text(pod, "waypoint"));
    json_object_foreach (json_object_get(w->listens, name), key, unused) {
        if (import_may_listen(w, pod, key))
            topology_print_listener(p, (uint16_t)strtoul(key, NULL, 10));
    }
}

static void import_print_lists(const struct import_work *w, struct topology_printer *p,
                               const char *name)
{
    const json_t *entry;
    size_t i;

    topology_print_ports(p);
    json_array_foreach (json_object_get(w->targets, name), i, entry) {
        topology_print_port(p, (uint16_t)json_integer_value(json_array_get(entry, 0)),
                            (uint16_t)json_integer_value(json_array_get(entry, 1)));
    }
    topology_print_endpoints(p);
    json_array_foreach (json_object_get(w->endpoints, name), i, entry) {
        topology_print_endpoint(p, json_string_value(json_array_get(entry, 0)),
                                (uint32_t)json_integer_value(json_array_get(entry, 1)));
    }
}

static void import_print_service(struct import_work *w, struct topology_printer *p,
                                 const json_t *service, const json_t *made)
{
    const char *name = import_text(made, "name");
    uint32_t policy = import_policy(w, service);
    const char *word = lb_policy_name(policy);
    char number[16];

    topology_print_service(p, name, 0);
    import_print_addresses(p, made);
    snprintf(number, sizeof(number), "%u", policy);
    if (policy != LB_RANDOM)
        topology_print_policy(p, word ? word : number);
    import_print_lists(w, p, name);
    import_print_waypoint(w, p, import_service_waypoint(service));
}

int import_print(struct import_work *w, const json_t *made)
{
    struct topology_printer p;
    const json_t *entry;
    json_t *name;
    const char *key;
    size_t i;
    int r;

    topology_print_begin(&p, w->out, "From a configuration dump, by `waypost import`.");
    json_object_foreach (w->nodes, key, name) {
        topology_print_node(&p, json_string_value(name));
    }
    json_array_foreach (w->pods, i, entry) {
        import_print_pod(w, &p, entry);
    }
    json_array_foreach (made, i, entry) {
        import_print_service(
            w, &p,
            json_array_get(w->services, (size_t)json_integer_value(json_object_get(entry, "i"))),
            entry);
    }
    r = import_print_policies(w, &p);
    topology_print_encryption(&p, w->encryption);
    topology_print_end(&p);
    return r;
}
