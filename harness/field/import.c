// SPDX-License-Identifier: Apache-2.0
#include "field/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "field/import_policy.h"
#include "field/import_print.h"
#include "field/import_work.h"
#include "field/reachable.h"

/* As much as the child may take (field/import_run.c), which says so itself where less was there. */
#define IMPORT_JSON_MEMORY (1LL << 30)

/* --- services: first their names and addresses --- */

static uint16_t import_port(const json_t *port, const char *key, const char *other)
{
    const json_t *value = json_object_get(port, key);
    json_int_t number = json_integer_value(value ? value : json_object_get(port, other));

    return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

/* The ports as [[port, target]…]; no port twice, at most as many as a map entry holds. */
static json_t *import_ports(struct import_work *w, const json_t *service)
{
    json_t *pairs = json_array();
    const json_t *entry;
    bool seen[UINT16_MAX + 1] = {false};
    size_t i;

    json_array_foreach (json_object_get(service, "ports"), i, entry) {
        uint16_t port = import_port(entry, "service_port", "servicePort");
        uint16_t target = import_port(entry, "target_port", "targetPort");

        if (port == 0 || seen[port])
            continue;
        if (json_array_size(pairs) >= TOPOLOGY_SERVICE_PORTS) {
            w->left_out++;
            continue;
        }
        seen[port] = true;
        json_array_append_new(pairs, json_pack("[i, i]", port, target ? target : port));
    }
    return pairs;
}

static int import_host(struct import_work *w, const json_t *service, const char *name)
{
    _cleanup_free_ char *host = NULL;

    if (text_format(&host, "%s/%s", import_text(service, "namespace"),
                    import_text(service, "hostname")) < 0)
        return -ENOMEM;
    json_object_set_new(w->hosts, host, json_string(name));
    json_object_set(w->by_host, host, (json_t *)service);
    json_object_set_new(w->endpoints, name, json_array());
    json_object_set_new(w->targets, name, import_ports(w, service));
    return 0;
}

/* --- pods --- */

static void import_listen(struct import_work *w, const char *pod, uint16_t port)
{
    json_t *ports = json_object_get(w->listens, pod);
    char key[8];

    if (!ports) {
        ports = json_object();
        json_object_set_new(w->listens, pod, ports);
    }
    snprintf(key, sizeof(key), "%u", port);
    if (json_object_size(ports) < TOPOLOGY_LISTENERS_MAX)
        json_object_set_new(ports, key, json_true());
}

/* Puts the pod behind a service, and lets it listen where the service's connections come. */
static bool import_endpoint(struct import_work *w, const json_t *workload, const char *host,
                            const char *pod)
{
    const char *service = json_string_value(json_object_get(w->hosts, host));
    const json_t *pair;
    size_t i;

    if (!service)
        return false;
    json_array_append_new(
        json_object_get(w->endpoints, service),
        json_pack("[s, I]", pod, import_priority(w, json_object_get(w->by_host, host), workload)));
    json_array_foreach (json_object_get(w->targets, service), i, pair) {
        import_listen(w, pod, (uint16_t)json_integer_value(json_array_get(pair, 1)));
    }
    return true;
}

static void import_services_of(struct import_work *w, const json_t *workload, const char *pod)
{
    _cleanup_json_ json_t *seen =
        json_object(); /* a list that names one twice is taken as if not */
    const json_t *entry;
    size_t i, n = 0;

    if (strcmp(import_text(workload, "status"), "UNHEALTHY") == 0)
        return;
    json_array_foreach (json_object_get(workload, "services"), i, entry) {
        const char *host = json_string_value(entry);

        if (n >= TOPOLOGY_POD_SERVICES)
            w->left_out++;
        else if (host && !json_object_get(seen, host) && import_endpoint(w, workload, host, pod))
            n++;
        if (host)
            json_object_set_new(seen, host, json_true());
    }
}

/* The name of the node; one lab has only so many, so that the last stands for all others. */
static const char *import_node(struct import_work *w, const json_t *workload)
{
    const char *node = import_text(workload, "node");
    json_t *name = json_object_get(w->nodes, node);
    char made[TOPOLOGY_NAME_MAX + 1];

    if (!name && json_object_size(w->nodes) + 1 < TOPOLOGY_NODES_MAX) {
        import_names_make(w->names, "node-", node, made);
        name = json_string(made);
        json_object_set_new(w->nodes, node, name);
    }
    if (name)
        return json_string_value(name);
    if (!json_object_get(w->nodes, "\x01")) {
        import_names_make(w->names, "", "other-nodes", made);
        json_object_set_new(w->nodes, "\x01", json_string(made));
    }
    return json_string_value(json_object_get(w->nodes, "\x01"));
}

static void import_take_workload(struct import_work *w, const json_t *workload)
{
    char name[TOPOLOGY_NAME_MAX + 1];
    json_t *pod, *addresses;

    if (json_array_size(w->pods) >= TOPOLOGY_PODS_MAX) {
        w->left_out++;
        return;
    }
    import_names_make(w->names, "", import_text(workload, "name"), name);
    addresses = import_addresses(w, json_object_get(workload, "addresses"), name,
                                 import_text(workload, "node"));
    if (json_array_size(addresses) == 0) {
        json_decref(addresses);
        import_names_drop(w->names, name);
        w->left_out++;
        return;
    }
    pod = json_pack("{s:s, s:s, s:s, s:s, s:O?, s:o}", "name", name, "node",
                    import_node(w, workload), "waypoint", import_text(workload, "waypoint"),
                    "namespace", import_text(workload, "namespace"), "policies",
                    json_object_get(workload, "authorizationPolicies"), "addresses", addresses);
    json_array_append_new(w->pods, pod);
    import_services_of(w, workload, name);
}

/* --- waypoints --- */

static void import_waypoint_listens(struct import_work *w, const char *name, uint16_t port)
{
    const json_t *endpoint;
    size_t i;

    if (!json_object_get(w->endpoints, name)) {
        import_listen(w, name, port);
        return;
    }
    json_array_foreach (json_object_get(w->endpoints, name), i, endpoint) {
        import_listen(w, json_string_value(json_array_get(endpoint, 0)), port);
    }
}

static void import_note_waypoint(struct import_work *w, const char *text)
{
    struct address address;
    const char *name = import_waypoint(w, text, &address);

    if (name)
        import_waypoint_listens(w, name, w->waypoint_port);
    else if (*text && address.af == AF_UNSPEC)
        w->left_out++;
}

/* --- all of it --- */

/* [{"i", "name", "addresses"}…], of the services that a topology can have. */
static int import_take_services(struct import_work *w, json_t *made)
{
    const json_t *service;
    size_t i;
    int r = 0;

    json_array_foreach (w->services, i, service) {
        char name[TOPOLOGY_NAME_MAX + 1];
        json_t *addresses;

        if (r < 0)
            return r;
        if (json_array_size(made) >= TOPOLOGY_SERVICES_MAX) {
            w->left_out++;
            continue;
        }
        import_names_make(w->names, "", import_text(service, "name"), name);
        addresses = import_addresses(w, json_object_get(service, "vips"), name, NULL);
        if (json_array_size(addresses) == 0) {
            json_decref(addresses);
            import_names_drop(w->names, name); /* headless: nobody connects to it */
            continue;
        }
        r = import_host(w, service, name);
        json_array_append_new(made, json_pack("{s:I, s:s, s:o}", "i", (json_int_t)i, "name", name,
                                              "addresses", addresses));
    }
    return r;
}

static int import_convert(struct import_work *w, const char *path)
{
    _cleanup_json_ json_t *made = json_array();
    const json_t *entry;
    size_t i;
    int r = import_take_services(w, made);

    if (r < 0)
        return r;
    import_find_viewer(w);
    json_array_foreach (w->workloads, i, entry) {
        import_take_workload(w, entry);
    }
    if (json_array_size(w->pods) == 0)
        return err_say(EINVAL, "%s: no workload has an address that a pod can have", path);
    json_array_foreach (w->pods, i, entry) {
        import_note_waypoint(w, import_text(entry, "waypoint"));
    }
    json_array_foreach (w->services, i, entry) {
        import_note_waypoint(w, import_service_waypoint(entry));
    }
    r = import_policies(w);
    if (r < 0)
        return r;
    r = import_print(w, made);
    if (r < 0)
        return r;
    if (w->left_out)
        log_warning("%s: %zu workloads, addresses, ports, memberships, waypoints or policies are "
                    "left out: a "
                    "topology has no room for them",
                    path, w->left_out);
    return 0;
}

static void import_release(struct import_work *w)
{
    import_names_free(&w->names);
    policies_clear(&w->policies);
    json_decref(w->owners);
    json_decref(w->others);
    json_decref(w->at);
    json_decref(w->sharing);
    json_decref(w->taken);
    json_decref(w->hosts);
    json_decref(w->by_host);
    json_decref(w->endpoints);
    json_decref(w->targets);
    json_decref(w->listens);
    json_decref(w->pods);
    json_decref(w->nodes);
}

int import_bytes(const char *path, const uint8_t *bytes, size_t size,
                 const struct import_options *options, FILE *out)
{
    _cleanup_(import_release) struct import_work w = {.waypoint_port = options->waypoint_port,
                                                      .encryption = options->encryption,
                                                      .view = options->node,
                                                      .out = out};
    _cleanup_json_ json_t *dump = NULL;
    int r = json_read_text(path, bytes, size, IMPORT_JSON_MEMORY, &dump);

    if (r < 0)
        return r;
    w.dump = dump;
    w.workloads = json_object_get(dump, "workloads");
    w.services = json_object_get(dump, "services");
    if (!json_is_array(w.workloads) || !(json_is_array(w.services) || !w.services))
        return err_say(EINVAL,
                       "%s: no configuration dump of the dual-engine mode: it has no lists "
                       "'workloads' and 'services'",
                       path);
    w.owners = json_object();
    w.others = json_object();
    w.at = json_object();
    w.sharing = json_object();
    w.taken = json_object();
    w.hosts = json_object();
    w.by_host = json_object();
    w.endpoints = json_object();
    w.targets = json_object();
    w.listens = json_object();
    w.pods = json_array();
    w.nodes = json_object();
    r = import_names_new(&w.names);
    return r < 0 ? r : import_convert(&w, path);
}
