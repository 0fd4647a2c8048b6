// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "topology/spec.h"

#define SPEC_TEXT(key, type, member)                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0,         \
                           CYAML_UNLIMITED)
#define SPEC_NAME(key, type, member)                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 0, CYAML_UNLIMITED)
#define SPEC_LIST(key, flags, type, member, entry, min, max)                                       \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | (flags), type, member, n_##member, entry, \
                               min, max)
#define SPEC_WORD(key, type, member, words)                                                        \
    CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL, type, member, words,            \
                     ARRAY_SIZE(words))

static const cyaml_strval_t schema_modes[] = {
    {"sink", LISTENER_SINK},   {"banner", LISTENER_BANNER}, {"echo", LISTENER_ECHO},
    {"reset", LISTENER_RESET}, {"udp", LISTENER_UDP},       {"fastopen", LISTENER_FASTOPEN},
    {"swap", LISTENER_SWAP},
};

static const cyaml_strval_t schema_listener_families[] = {
    {"dual", LISTENER_DUAL},
    {"v4", LISTENER_V4},
    {"v6", LISTENER_V6},
};

static const cyaml_strval_t schema_lb_policies[] = {
    {"random", LB_RANDOM},
    {"strict", LB_STRICT},
    {"failover", LB_FAILOVER},
};

static const char *schema_word(const cyaml_strval_t *words, size_t n, int64_t value)
{
    for (size_t i = 0; i < n; i++) {
        if (words[i].val == value)
            return words[i].str;
    }
    return NULL;
}

const char *lb_policy_name(uint32_t policy)
{
    return schema_word(schema_lb_policies, ARRAY_SIZE(schema_lb_policies), policy);
}

const char *listener_family_name(enum listener_family family)
{
    return schema_word(schema_listener_families, ARRAY_SIZE(schema_listener_families), family);
}

/* libcyaml's own boolean takes every word that it does not know for true. */
static const cyaml_strval_t schema_bools[] = {{"true", SPEC_TRUE}, {"false", SPEC_FALSE}};

static const cyaml_schema_field_t schema_waypoint[] = {
    SPEC_TEXT("pod", struct spec_waypoint, pod),
    SPEC_TEXT("service", struct spec_waypoint, service),
    SPEC_TEXT("address", struct spec_waypoint, address),
    SPEC_TEXT("address6", struct spec_waypoint, address6),
    CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct spec_waypoint, port),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t schema_listener[] = {
    CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct spec_listener, port),
    SPEC_WORD("mode", struct spec_listener, mode, schema_modes),
    SPEC_WORD("family", struct spec_listener, family, schema_listener_families),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_listeners = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct spec_listener, schema_listener),
};

static const cyaml_schema_field_t schema_pod[] = {
    SPEC_NAME("name", struct spec_pod, name),
    SPEC_TEXT("node", struct spec_pod, node),
    SPEC_WORD("host", struct spec_pod, host, schema_bools),
    SPEC_WORD("managed", struct spec_pod, managed, schema_bools),
    CYAML_FIELD_IGNORE("ipv4", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_IGNORE("ipv6", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_UINT("uid", CYAML_FLAG_OPTIONAL, struct spec_pod, uid),
    CYAML_FIELD_MAPPING_PTR("waypoint", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct spec_pod,
                            waypoint, schema_waypoint),
    SPEC_LIST("listeners", CYAML_FLAG_OPTIONAL, struct spec_pod, listeners, &schema_listeners, 0,
              TOPOLOGY_LISTENERS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_pods = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct spec_pod, schema_pod),
};

static const cyaml_schema_field_t schema_port[] = {
    CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct spec_port, port),
    CYAML_FIELD_UINT("target", CYAML_FLAG_OPTIONAL, struct spec_port, target),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_ports = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct spec_port, schema_port),
};

static const cyaml_schema_field_t schema_endpoint[] = {
    SPEC_NAME("pod", struct spec_endpoint, pod),
    CYAML_FIELD_UINT("priority", CYAML_FLAG_OPTIONAL, struct spec_endpoint, priority),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_endpoints = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct spec_endpoint, schema_endpoint),
};

static const cyaml_schema_field_t schema_service[] = {
    SPEC_NAME("name", struct spec_service, name),
    CYAML_FIELD_IGNORE("ipv4", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_IGNORE("ipv6", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_UINT("id", CYAML_FLAG_OPTIONAL, struct spec_service, id),
    /* Not strict: a number may stand for a word. */
    CYAML_FIELD_ENUM("policy", CYAML_FLAG_OPTIONAL, struct spec_service, policy, schema_lb_policies,
                     ARRAY_SIZE(schema_lb_policies)),
    SPEC_LIST("ports", CYAML_FLAG_DEFAULT, struct spec_service, ports, &schema_ports, 0,
              TOPOLOGY_SERVICE_PORTS),
    SPEC_LIST("endpoints", CYAML_FLAG_OPTIONAL, struct spec_service, endpoints, &schema_endpoints,
              0, CYAML_UNLIMITED),
    CYAML_FIELD_MAPPING_PTR("waypoint", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                            struct spec_service, waypoint, schema_waypoint),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_services = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct spec_service, schema_service),
};

/* Texts, and numbers too: what they are is the list's matter. */
#define SPEC_TEXTS(key, type, list, count, max)                                                    \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, list, count,   \
                               &schema_text, 0, max)
#define SPEC_ELEMENTS(key, list)                                                                   \
    SPEC_TEXTS(key, struct spec_match, lists[list].texts, lists[list].n, POLICY_REFS_MAX)
#define SPEC_PORTS(key, list)                                                                      \
    SPEC_TEXTS(key, struct spec_match, lists[list].texts, lists[list].n, POLICY_PORTS_MAX)

static const cyaml_schema_value_t schema_text = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t schema_source[] = {
    SPEC_ELEMENTS("ipBlocks", POLICY_SOURCE_IPS),
    SPEC_ELEMENTS("notIpBlocks", POLICY_NOT_SOURCE_IPS),
    SPEC_ELEMENTS("namespaces", POLICY_NAMESPACES),
    SPEC_ELEMENTS("notNamespaces", POLICY_NOT_NAMESPACES),
    SPEC_ELEMENTS("principals", POLICY_PRINCIPALS),
    SPEC_ELEMENTS("notPrincipals", POLICY_NOT_PRINCIPALS),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t schema_operation[] = {
    SPEC_PORTS("ports", POLICY_DESTINATION_PORTS),
    SPEC_PORTS("notPorts", POLICY_NOT_DESTINATION_PORTS),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t schema_match[] = {
    SPEC_ELEMENTS("namespaces", POLICY_NAMESPACES),
    SPEC_ELEMENTS("not_namespaces", POLICY_NOT_NAMESPACES),
    SPEC_ELEMENTS("principals", POLICY_PRINCIPALS),
    SPEC_ELEMENTS("not_principals", POLICY_NOT_PRINCIPALS),
    SPEC_ELEMENTS("source_ips", POLICY_SOURCE_IPS),
    SPEC_ELEMENTS("not_source_ips", POLICY_NOT_SOURCE_IPS),
    SPEC_ELEMENTS("destination_ips", POLICY_DESTINATION_IPS),
    SPEC_ELEMENTS("not_destination_ips", POLICY_NOT_DESTINATION_IPS),
    SPEC_PORTS("destination_ports", POLICY_DESTINATION_PORTS),
    SPEC_PORTS("not_destination_ports", POLICY_NOT_DESTINATION_PORTS),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t schema_from[] = {
    CYAML_FIELD_MAPPING_PTR("source", CYAML_FLAG_POINTER, struct spec_part, match, schema_source),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t schema_to[] = {
    CYAML_FIELD_MAPPING_PTR("operation", CYAML_FLAG_POINTER, struct spec_part, match,
                            schema_operation),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t schema_when[] = {
    SPEC_NAME("key", struct spec_when, key),
    SPEC_TEXTS("values", struct spec_when, values.texts, values.n, POLICY_PORTS_MAX),
    SPEC_TEXTS("notValues", struct spec_when, not_values.texts, not_values.n, POLICY_PORTS_MAX),
    CYAML_FIELD_END,
};

#define SPEC_ENTRIES(name, type)                                                                   \
    static const cyaml_schema_value_t name##_entries = {                                           \
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, type, name),                                       \
    }

SPEC_ENTRIES(schema_from, struct spec_part);
SPEC_ENTRIES(schema_to, struct spec_part);
SPEC_ENTRIES(schema_when, struct spec_when);
SPEC_ENTRIES(schema_match, struct spec_match);

static const cyaml_schema_field_t schema_clause[] = {
    SPEC_LIST("matches", CYAML_FLAG_OPTIONAL, struct spec_clause, matches, &schema_match_entries, 0,
              POLICY_REFS_MAX),
    CYAML_FIELD_END,
};

SPEC_ENTRIES(schema_clause, struct spec_clause);

/* `from` and `to` are a clause each. */
static const cyaml_schema_field_t schema_rule[] = {
    SPEC_LIST("from", CYAML_FLAG_OPTIONAL, struct spec_rule, from, &schema_from_entries, 0,
              POLICY_REFS_MAX),
    SPEC_LIST("to", CYAML_FLAG_OPTIONAL, struct spec_rule, to, &schema_to_entries, 0,
              POLICY_REFS_MAX),
    SPEC_LIST("when", CYAML_FLAG_OPTIONAL, struct spec_rule, when, &schema_when_entries, 0,
              POLICY_REFS_MAX - 2),
    SPEC_LIST("clauses", CYAML_FLAG_OPTIONAL, struct spec_rule, clauses, &schema_clause_entries, 0,
              POLICY_REFS_MAX),
    CYAML_FIELD_END,
};

SPEC_ENTRIES(schema_rule, struct spec_rule);

static const cyaml_strval_t schema_actions[] = {{"ALLOW", POLICY_ALLOW}, {"DENY", POLICY_DENY}};

static const cyaml_schema_field_t schema_policy[] = {
    SPEC_NAME("name", struct spec_policy, name),
    SPEC_TEXT("namespace", struct spec_policy, namespace),
    CYAML_FIELD_UINT("id", CYAML_FLAG_OPTIONAL, struct spec_policy, id),
    CYAML_FIELD_UINT("index", CYAML_FLAG_OPTIONAL, struct spec_policy, index),
    SPEC_WORD("action", struct spec_policy, action, schema_actions),
    SPEC_TEXTS("pods", struct spec_policy, pods.texts, pods.n, CYAML_UNLIMITED),
    SPEC_TEXTS("services", struct spec_policy, services.texts, services.n, CYAML_UNLIMITED),
    SPEC_LIST("rules", CYAML_FLAG_OPTIONAL, struct spec_policy, rules, &schema_rule_entries, 0,
              POLICY_REFS_MAX),
    CYAML_FIELD_END,
};

SPEC_ENTRIES(schema_policy, struct spec_policy);

static const cyaml_schema_field_t schema_map[] = {
    SPEC_NAME("name", struct spec_map, name),
    CYAML_FIELD_UINT("entries", CYAML_FLAG_DEFAULT, struct spec_map, entries),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_maps = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct spec_map, schema_map),
};

#define SPEC_SETTING(name) SPEC_TEXT(#name, struct spec_settings, name)

/* In the order of settings.c. */
static const cyaml_schema_field_t schema_settings[] = {
    SPEC_SETTING(bpf_log_level),
    SPEC_SETTING(enable_monitoring),
    SPEC_SETTING(enable_periodic_report),
    SPEC_SETTING(authz_offload),
    SPEC_SETTING(node_ip),
    SPEC_SETTING(pod_gateway),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_nodes = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

static const cyaml_strval_t schema_encryptions[] = {
    {"none", ENCRYPTION_NONE}, {"marks", ENCRYPTION_MARKS}, {"esp", ENCRYPTION_ESP}};

static const cyaml_schema_field_t schema_topology[] = {
    SPEC_LIST("nodes", CYAML_FLAG_OPTIONAL, struct spec, nodes, &schema_nodes, 1,
              TOPOLOGY_NODES_MAX),
    SPEC_LIST("pods", CYAML_FLAG_DEFAULT, struct spec, pods, &schema_pods, 1, TOPOLOGY_PODS_MAX),
    SPEC_TEXT("dns_proxy", struct spec, dns_proxy),
    SPEC_LIST("services", CYAML_FLAG_OPTIONAL, struct spec, services, &schema_services, 0,
              TOPOLOGY_SERVICES_MAX),
    SPEC_LIST("policies", CYAML_FLAG_OPTIONAL, struct spec, policies, &schema_policy_entries, 0,
              POLICY_LIST_MAX),
    SPEC_WORD("encryption", struct spec, encryption, schema_encryptions),
    SPEC_LIST("maps", CYAML_FLAG_OPTIONAL, struct spec, maps, &schema_maps, 0, TOPOLOGY_MAPS_MAX),
    CYAML_FIELD_MAPPING_PTR("settings", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct spec,
                            settings, schema_settings),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t spec_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct spec, schema_topology),
};

static const cyaml_schema_field_t schema_policies_file[] = {
    SPEC_LIST("policies", CYAML_FLAG_DEFAULT, struct spec, policies, &schema_policy_entries, 0,
              POLICY_LIST_MAX),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t spec_policies_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct spec, schema_policies_file),
};

const char *spec_noun(const cyaml_schema_value_t *schema)
{
    static const struct {
        const cyaml_schema_field_t *fields;
        const char *noun;
    } nouns[] = {
        {schema_waypoint, "a waypoint"},
        {schema_listener, "a listener"},
        {schema_pod, "a pod"},
        {schema_port, "a port pair"},
        {schema_endpoint, "an endpoint"},
        {schema_service, "a service"},
        {schema_source, "a source"},
        {schema_operation, "an operation"},
        {schema_match, "a match"},
        {schema_from, "an entry of 'from'"},
        {schema_to, "an entry of 'to'"},
        {schema_when, "a condition"},
        {schema_clause, "a clause"},
        {schema_rule, "a rule"},
        {schema_policy, "a policy"},
        {schema_policies_file, "a file of policies"},
        {schema_map, "a map"},
        {schema_settings, "'settings'"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(nouns); i++) {
        if (nouns[i].fields == schema->mapping.fields)
            return nouns[i].noun;
    }
    return "a topology";
}

void spec_range(const char *key, uint64_t *min, uint64_t *max)
{
    *min = 1;
    *max = UINT32_MAX;
    if (strcmp(key, "port") == 0 || strcmp(key, "target") == 0) {
        *max = UINT16_MAX;
    } else if (strcmp(key, "entries") == 0) {
        *max = TOPOLOGY_MAP_ENTRIES_MAX;
    } else if (strcmp(key, "index") == 0) {
        *max = POLICY_INDEX_MAX;
    } else if (strcmp(key, "policy") == 0) {
        *min = 0;
        *max = INT32_MAX; /* libcyaml's limit */
    } else if (strcmp(key, "priority") == 0) {
        *min = 0;
        *max = TOPOLOGY_PRIORITIES - 1;
    }
}

const cyaml_schema_field_t *spec_field(const cyaml_schema_value_t *schema, const char *key)
{
    for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
        if (strcmp(f->key, key) == 0)
            return f;
    }
    return NULL;
}
