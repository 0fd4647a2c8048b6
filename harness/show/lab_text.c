// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "show/lab.h"
#include "common/table.h"
#include "common/cleanup.h"

static const char *show_string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "-";
}

static long long show_number(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* What `write` prints for each item, separated by blanks; the caller frees it. */
static char *show_join(const json_t *array, void (*write)(FILE *out, const json_t *item))
{
    const json_t *item;
    char *text = NULL;
    size_t i, size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    json_array_foreach (array, i, item) {
        if (i > 0)
            fputc(' ', out);
        write(out, item);
    }
    if (json_array_size(array) == 0)
        fputc('-', out);
    fclose(out);
    return text;
}

/* The first of the family, and how many more there are. */
static char *show_family(const json_t *owner, const char *key)
{
    const json_t *more = json_object_get(owner, "more"), *entry;
    char separator = strcmp(key, "ipv6") == 0 ? ':' : '.', *text = NULL;
    size_t i, n = 0, size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    json_array_foreach (more, i, entry) {
        n += strchr(json_string_value(entry), separator) != NULL;
    }
    fputs(show_string(owner, key), out);
    if (n)
        fprintf(out, " +%zu", n);
    fclose(out);
    return text;
}

static void show_write_program(FILE *out, const json_t *program)
{
    fprintf(out, "%s(%lld)", show_string(program, "name"), show_number(program, "id"));
}

static void show_write_listener(FILE *out, const json_t *listener)
{
    fprintf(out, "%lld", show_number(listener, "port"));
    if (strcmp(show_string(listener, "mode"), "sink") != 0)
        fprintf(out, "/%s", show_string(listener, "mode"));
    if (strcmp(show_string(listener, "family"), "dual") != 0)
        fprintf(out, "/%s", show_string(listener, "family"));
}

static void show_write_port(FILE *out, const json_t *port)
{
    fprintf(out, "%lld:%lld", show_number(port, "port"), show_number(port, "target"));
}

static void show_write_endpoint(FILE *out, const json_t *endpoint)
{
    fputs(show_string(endpoint, "pod"), out);
    if (show_number(endpoint, "priority"))
        fprintf(out, "/%lld", show_number(endpoint, "priority"));
}

static const char *show_managed(const json_t *pod)
{
    const json_t *m = json_object_get(pod, "managed");
    bool cookie = json_is_true(json_object_get(m, "cookie"));
    bool v4 = json_is_true(json_object_get(m, "v4")), v6 = json_is_true(json_object_get(m, "v6"));
    bool has_v4 = json_is_string(json_object_get(pod, "ipv4"));
    bool has_v6 = json_is_string(json_object_get(pod, "ipv6"));

    if (!json_is_object(m))
        return "-";
    if (!cookie && !v4 && !v6)
        return "no";
    return cookie && v4 == has_v4 && v6 == has_v6 ? "yes" : "partly";
}

static void show_add_node(struct table *table, const char *name, const json_t *programs)
{
    _cleanup_free_ char *list = show_join(programs, show_write_program);

    table_add(table, (const char *[]){name, list});
}

static void show_add_pod(struct table *table, const json_t *pod)
{
    const json_t *agent = json_object_get(pod, "agent");
    _cleanup_free_ char *listeners =
        show_join(json_object_get(pod, "listeners"), show_write_listener);
    _cleanup_free_ char *v4 = show_family(pod, "ipv4"), *v6 = show_family(pod, "ipv6");
    char pid[24] = "-";

    if (json_is_true(json_object_get(agent, "alive")))
        snprintf(pid, sizeof(pid), "%lld", show_number(agent, "pid"));
    table_add(table, (const char *[]){show_string(pod, "name"), show_string(pod, "node"), v4, v6,
                                      show_managed(pod),
                                      json_is_true(json_object_get(pod, "xdp")) ? "yes" : "no", pid,
                                      listeners});
}

static void show_add_service(struct table *table, const json_t *service)
{
    _cleanup_free_ char *ports = show_join(json_object_get(service, "ports"), show_write_port);
    _cleanup_free_ char *endpoints =
        show_join(json_object_get(service, "endpoints"), show_write_endpoint);
    _cleanup_free_ char *v4 = show_family(service, "ipv4"), *v6 = show_family(service, "ipv6");

    table_add(table, (const char *[]){show_string(service, "name"), v4, v6,
                                      show_string(service, "policy"), ports, endpoints});
}

static void show_nodes_text(FILE *out, const json_t *lab)
{
    _cleanup_(table_release) struct table table = {.columns = 2};
    const json_t *node;
    size_t i;

    table_add(&table, (const char *[]){"NODE", "PROGRAMS"});
    json_array_foreach (json_object_get(lab, "nodes"), i, node)
        show_add_node(&table, show_string(node, "name"), json_object_get(node, "programs"));
    show_add_node(&table, "(witness)", json_object_get(lab, "witness"));
    table_print(&table, out);
}

static void show_pods_text(FILE *out, const json_t *lab)
{
    _cleanup_(table_release) struct table table = {.columns = 8};
    const json_t *pod;
    size_t i;

    table_add(&table, (const char *[]){"POD", "NODE", "IPV4", "IPV6", "MANAGED", "XDP", "AGENT",
                                       "LISTENS"});
    json_array_foreach (json_object_get(lab, "pods"), i, pod)
        show_add_pod(&table, pod);
    table_print(&table, out);
}

static void show_services_text(FILE *out, const json_t *lab)
{
    _cleanup_(table_release) struct table table = {.columns = 6};
    const json_t *service;
    size_t i;

    table_add(&table, (const char *[]){"SERVICE", "IPV4", "IPV6", "POLICY", "PORTS", "ENDPOINTS"});
    json_array_foreach (json_object_get(lab, "services"), i, service)
        show_add_service(&table, service);
    table_print(&table, out);
}

void show_lab_text(FILE *out, const json_t *lab)
{
    const char *encryption = show_string(lab, "encryption");

    fprintf(out, "lab %s, written for %s, %s\n", show_string(lab, "lab"),
            show_string(lab, "family"), show_string(lab, "state"));
    if (strcmp(encryption, "none") != 0)
        fprintf(out, "encryption between the nodes: %s\n", encryption);
    fputc('\n', out);
    show_nodes_text(out, lab);
    fputc('\n', out);
    show_pods_text(out, lab);
    if (json_array_size(json_object_get(lab, "services")) == 0)
        return;
    fputc('\n', out);
    show_services_text(out, lab);
}
