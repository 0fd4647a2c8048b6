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

static const cyaml_strval_t schema_policies[] = {
    {"random", LB_RANDOM},
    {"strict", LB_STRICT},
    {"failover", LB_FAILOVER},
};

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
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema_listeners = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct spec_listener, schema_listener),
};

static const cyaml_schema_field_t schema_pod[] = {
    SPEC_NAME("name", struct spec_pod, name),
    SPEC_TEXT("node", struct spec_pod, node),
    SPEC_WORD("managed", struct spec_pod, managed, schema_bools),
    SPEC_TEXT("ipv4", struct spec_pod, ipv4),
    SPEC_TEXT("ipv6", struct spec_pod, ipv6),
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
    SPEC_TEXT("ipv4", struct spec_service, ipv4),
    SPEC_TEXT("ipv6", struct spec_service, ipv6),
    CYAML_FIELD_UINT("id", CYAML_FLAG_OPTIONAL, struct spec_service, id),
    SPEC_WORD("policy", struct spec_service, policy, schema_policies),
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

static const cyaml_schema_field_t schema_topology[] = {
    SPEC_LIST("nodes", CYAML_FLAG_OPTIONAL, struct spec, nodes, &schema_nodes, 1,
              TOPOLOGY_NODES_MAX),
    SPEC_LIST("pods", CYAML_FLAG_DEFAULT, struct spec, pods, &schema_pods, 1, TOPOLOGY_PODS_MAX),
    SPEC_TEXT("dns_proxy", struct spec, dns_proxy),
    SPEC_LIST("services", CYAML_FLAG_OPTIONAL, struct spec, services, &schema_services, 0,
              TOPOLOGY_SERVICES_MAX),
    SPEC_LIST("maps", CYAML_FLAG_OPTIONAL, struct spec, maps, &schema_maps, 0, TOPOLOGY_MAPS_MAX),
    CYAML_FIELD_MAPPING_PTR("settings", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct spec,
                            settings, schema_settings),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t spec_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct spec, schema_topology),
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
