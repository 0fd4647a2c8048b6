// SPDX-License-Identifier: Apache-2.0
#include "field/import_print.h"

#include <string.h>

static void import_print_waypoint(const struct import_work *w, const char *text)
{
    char plain[ADDRESS_TEXT_MAX];
    struct address address;
    const char *name = import_waypoint(w, text, &address);

    if (name)
        fprintf(w->out, "    waypoint: {%s: %s, port: %u}\n",
                json_object_get(w->endpoints, name) ? "service" : "pod", name, w->waypoint_port);
    else if (address.af != AF_UNSPEC)
        fprintf(w->out, "    waypoint: {address: '%s', port: %u}\n", address_text(&address, plain),
                w->waypoint_port);
}

static void import_print_pod(const struct import_work *w, const json_t *pod)
{
    const char *name = import_text(pod, "name"), *key;
    json_t *unused;
    bool first = true;

    fprintf(w->out, "  - name: %s\n    node: %s\n    ipv4: '%s'\n    ipv6: '%s'\n", name,
            import_text(pod, "node"),
            json_is_null(json_object_get(pod, "v4")) ? "none" : import_text(pod, "v4"),
            json_is_null(json_object_get(pod, "v6")) ? "none" : import_text(pod, "v6"));
    import_print_waypoint(w, import_text(pod, "waypoint"));
    json_object_foreach (json_object_get(w->listens, name), key, unused) {
        fprintf(w->out, "%s{port: %s}", first ? "    listeners: [" : ", ", key);
        first = false;
    }
    if (!first)
        fprintf(w->out, "]\n");
}

static void import_print_lists(const struct import_work *w, const char *name)
{
    const json_t *entry;
    size_t i;

    fprintf(w->out, "    ports: [");
    json_array_foreach (json_object_get(w->targets, name), i, entry) {
        fprintf(w->out, "%s{port: %d, target: %d}", i ? ", " : "",
                (int)json_integer_value(json_array_get(entry, 0)),
                (int)json_integer_value(json_array_get(entry, 1)));
    }
    fprintf(w->out, "]\n    endpoints: [");
    json_array_foreach (json_object_get(w->endpoints, name), i, entry) {
        json_int_t priority = json_integer_value(json_array_get(entry, 1));

        fprintf(w->out, "%s{pod: %s", i ? ", " : "", json_string_value(json_array_get(entry, 0)));
        if (priority)
            fprintf(w->out, ", priority: %d", (int)priority);
        fprintf(w->out, "}");
    }
    fprintf(w->out, "]\n");
}

static void import_print_service(const struct import_work *w, const json_t *service,
                                 const json_t *made)
{
    const char *name = import_text(made, "name");
    const char *mode = import_text(json_object_get(service, "loadBalancer"), "mode");

    fprintf(w->out, "  - name: %s\n    ipv4: '%s'\n    ipv6: '%s'\n", name,
            json_is_null(json_object_get(made, "v4")) ? "none" : import_text(made, "v4"),
            json_is_null(json_object_get(made, "v6")) ? "none" : import_text(made, "v6"));
    if (strcmp(mode, "FAILOVER") == 0 || strcmp(mode, "STRICT") == 0)
        fprintf(w->out, "    policy: %s\n", *mode == 'S' ? "strict" : "failover");
    import_print_lists(w, name);
    import_print_waypoint(w, import_service_waypoint(service));
}

void import_print(struct import_work *w, const json_t *made)
{
    const json_t *entry;
    json_t *name;
    const char *key;
    bool first = true;
    size_t i;

    fprintf(w->out, "# SPDX-License-Identifier: Apache-2.0\n# From a configuration dump, by "
                    "`waypost import`.\n");
    json_object_foreach (w->nodes, key, name) {
        fprintf(w->out, "%s%s", first ? "nodes: [" : ", ", json_string_value(name));
        first = false;
    }
    fprintf(w->out, "]\npods:\n");
    json_array_foreach (w->pods, i, entry) {
        import_print_pod(w, entry);
    }
    if (json_array_size(made))
        fprintf(w->out, "services:\n");
    json_array_foreach (made, i, entry) {
        import_print_service(
            w, json_array_get(w->services, (size_t)json_integer_value(json_object_get(entry, "i"))),
            entry);
    }
}
