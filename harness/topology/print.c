// SPDX-License-Identifier: Apache-2.0
#include "topology/print.h"

#include <string.h>

static void print_close_list(struct topology_printer *p)
{
    if (p->list)
        fputs("]\n", p->out);
    p->list = NULL;
}

static void print_open_list(struct topology_printer *p, const char *key)
{
    print_close_list(p);
    fprintf(p->out, "%s: [", key);
    p->list = "";
}

static void print_entry(struct topology_printer *p)
{
    fputs(p->list, p->out);
    p->list = ", ";
}

/* The line of a section, where it has not begun yet. True when it had not. */
static bool print_section(struct topology_printer *p, const char *section)
{
    if (p->section == section)
        return false;
    print_close_list(p);
    p->section = section;
    return true;
}

static void print_named(struct topology_printer *p, const char *section, const char *name)
{
    if (print_section(p, section))
        fprintf(p->out, "%s:\n", section);
    print_close_list(p);
    fprintf(p->out, "  - name: %s\n", name);
}

static const char print_nodes[] = "nodes", print_pods[] = "pods", print_services[] = "services",
                  print_policies[] = "policies", print_maps[] = "maps",
                  print_settings[] = "settings", print_listeners[] = "    listeners";

void topology_print_begin(struct topology_printer *p, FILE *out, const char *comment)
{
    *p = (struct topology_printer){.out = out};
    if (comment)
        fprintf(out, "# SPDX-License-Identifier: Apache-2.0\n# %s\n", comment);
}

void topology_print_node(struct topology_printer *p, const char *name)
{
    if (print_section(p, print_nodes))
        print_open_list(p, print_nodes);
    print_entry(p);
    fputs(name, p->out);
}

void topology_print_pod(struct topology_printer *p, const char *name)
{
    print_named(p, print_pods, name);
}

void topology_print_pod_node(struct topology_printer *p, const char *node)
{
    fprintf(p->out, "    node: %s\n", node);
}

void topology_print_unmanaged(struct topology_printer *p)
{
    fputs("    managed: false\n", p->out);
}

void topology_print_host(struct topology_printer *p)
{
    fputs("    host: true\n", p->out);
}

void topology_print_uid(struct topology_printer *p, uint32_t uid)
{
    fprintf(p->out, "    uid: %u\n", uid);
}

void topology_print_listener(struct topology_printer *p, uint16_t port)
{
    if (!p->list)
        print_open_list(p, print_listeners);
    print_entry(p);
    fprintf(p->out, "{port: %u}", port);
}

void topology_print_service(struct topology_printer *p, const char *name, uint32_t id)
{
    print_named(p, print_services, name);
    if (id)
        fprintf(p->out, "    id: %u\n", id);
}

void topology_print_policy(struct topology_printer *p, const char *policy)
{
    fprintf(p->out, "    policy: %s\n", policy);
}

void topology_print_ports(struct topology_printer *p)
{
    print_open_list(p, "    ports");
}

void topology_print_port(struct topology_printer *p, uint16_t port, uint16_t target)
{
    print_entry(p);
    fprintf(p->out, "{port: %u, target: %u}", port, target);
}

void topology_print_endpoints(struct topology_printer *p)
{
    print_open_list(p, "    endpoints");
}

void topology_print_endpoint(struct topology_printer *p, const char *pod, uint32_t priority)
{
    print_entry(p);
    fprintf(p->out, "{pod: %s", pod);
    if (priority)
        fprintf(p->out, ", priority: %u", priority);
    fputc('}', p->out);
}

static void print_family(struct topology_printer *p, const char *key,
                         const struct address *addresses, size_t n, int af)
{
    char text[ADDRESS_TEXT_MAX];
    size_t of_family = 0, printed = 0;

    for (size_t i = 0; i < n; i++)
        of_family += addresses[i].af == af;
    fprintf(p->out, "    %s: %s", key, of_family > 1 ? "[" : of_family ? "" : "'none'");
    for (size_t i = 0; i < n; i++) {
        if (addresses[i].af == af)
            fprintf(p->out, "%s'%s'", printed++ ? ", " : "", address_text(&addresses[i], text));
    }
    fputs(of_family > 1 ? "]\n" : "\n", p->out);
}

void topology_print_all_addresses(struct topology_printer *p, const struct address *addresses,
                                  size_t n)
{
    print_close_list(p);
    print_family(p, "ipv4", addresses, n, AF_INET);
    print_family(p, "ipv6", addresses, n, AF_INET6);
}

void topology_print_addresses(struct topology_printer *p, const struct address *v4,
                              const struct address *v6)
{
    topology_print_all_addresses(p, (const struct address[]){*v4, *v6}, 2);
}

void topology_print_waypoint(struct topology_printer *p, const char *kind, const char *name,
                             uint16_t port)
{
    print_close_list(p);
    /* An IPv6 address would be a mapping. */
    fprintf(p->out,
            strcmp(kind, "address") == 0 ? "    waypoint: {%s: '%s', port: %u}\n"
                                         : "    waypoint: {%s: %s, port: %u}\n",
            kind, name, port);
}

/* In single quotes, which are doubled in the text; it has no control characters. */
static void print_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++)
        fprintf(out, *text == '\'' ? "''" : "%c", *text);
    fputc('\'', out);
}

static void print_list(FILE *out, enum policy_list_kind kind, const struct policy_list *list,
                       const char *before)
{
    char text[POLICY_ELEMENT_TEXT];

    fprintf(out, "%s%s: [", before, policy_list_name(kind));
    for (size_t i = 0; i < list->n; i++) {
        fputs(i ? ", " : "", out);
        policy_element_text(kind, &list->elements[i], text);
        if (policy_element_kind(kind) == POLICY_PORTS)
            fputs(text, out);
        else
            print_quoted(out, text);
    }
    fputc(']', out);
}

static void print_match(FILE *out, const struct policy_match *match)
{
    const char *before = "";

    fputs("              - {", out);
    for (enum policy_list_kind kind = 0; kind < POLICY_LISTS; kind++) {
        if (match->lists[kind].n == 0)
            continue;
        print_list(out, kind, &match->lists[kind], before);
        before = ", ";
    }
    fputs("}\n", out);
}

static void print_rule(FILE *out, const struct policy_rule *rule)
{
    fputs(rule->n ? "      - clauses:\n" : "      - {}\n", out);
    for (size_t i = 0; i < rule->n; i++) {
        const struct policy_clause *clause = &rule->clauses[i];

        fputs(clause->n ? "          - matches:\n" : "          - {}\n", out);
        for (size_t j = 0; j < clause->n; j++)
            print_match(out, &clause->matches[j]);
    }
}

void topology_print_authorization(struct topology_printer *p, const struct policy *policy,
                                  const char *const *pods, size_t n_pods)
{
    if (print_section(p, print_policies))
        fprintf(p->out, "%s:\n", print_policies);
    fputs("  - name: ", p->out);
    print_quoted(p->out, policy->name);
    fputs("\n    namespace: ", p->out);
    print_quoted(p->out, policy->namespace);
    fprintf(p->out, "\n    id: %u\n    action: %s\n    pods: [", policy->id,
            policy->action == POLICY_DENY ? "DENY" : "ALLOW");
    for (size_t i = 0; i < n_pods; i++)
        fprintf(p->out, "%s%s", i ? ", " : "", pods[i]);
    fputs("]\n", p->out);
    if (policy->n_rules)
        fputs("    rules:\n", p->out);
    for (size_t i = 0; i < policy->n_rules; i++)
        print_rule(p->out, &policy->rules[i]);
}

void topology_print_dns_proxy(struct topology_printer *p, const char *pod)
{
    print_section(p, NULL);
    print_close_list(p);
    fprintf(p->out, "dns_proxy: %s\n", pod);
}

void topology_print_encryption(struct topology_printer *p, enum topology_encryption encryption)
{
    if (encryption == ENCRYPTION_NONE)
        return;
    print_section(p, NULL);
    print_close_list(p);
    fprintf(p->out, "encryption: %s\n", topology_encryption_name(encryption));
}

void topology_print_map(struct topology_printer *p, const char *name, uint32_t entries)
{
    if (print_section(p, print_maps))
        fprintf(p->out, "%s:\n", print_maps);
    fprintf(p->out, "  - {name: %s, entries: %u}\n", name, entries);
}

void topology_print_setting(struct topology_printer *p, const char *name, const char *text)
{
    if (print_section(p, print_settings))
        fprintf(p->out, "%s:\n", print_settings);
    fprintf(p->out, "  %s: '%s'\n", name, text);
}

void topology_print_end(struct topology_printer *p)
{
    print_close_list(p);
}
