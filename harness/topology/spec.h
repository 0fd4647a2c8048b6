/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology as its file says it: names not yet resolved, addresses as text, what is left out as
 * NULL or 0. The schema (schema.c) tells libcyaml how to fill it.
 */
#pragma once

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stdint.h>

#include "topology/document.h"
#include "topology/topology.h"

enum spec_bool { SPEC_UNSET, SPEC_TRUE, SPEC_FALSE };

struct spec_waypoint {
    char *pod, *service, *address, *address6;
    uint32_t port;
};

struct spec_listener {
    uint32_t port;
    enum listener_mode mode;
    enum listener_family family;
};

struct spec_pod {
    char *name, *node;
    document_id ipv4, ipv6; /* a text or a list of them, which libcyaml has no word for; 0: none */
    enum spec_bool host, managed;
    uint32_t uid; /* 0: by position */
    struct spec_waypoint *waypoint;
    struct spec_listener *listeners;
    uint32_t n_listeners;
};

struct spec_port {
    uint32_t port;
    uint32_t target; /* 0: the same */
};

struct spec_endpoint {
    char *pod;
    uint32_t priority;
};

struct spec_service {
    char *name;
    document_id ipv4, ipv6; /* as a pod's */
    uint32_t id;            /* 0: by position */
    uint32_t policy;        /* an lb_policy, or any number */
    struct spec_port *ports;
    uint32_t n_ports;
    struct spec_endpoint *endpoints;
    uint32_t n_endpoints;
    struct spec_waypoint *waypoint;
};

struct spec_list {
    char **texts;
    uint32_t n;
};

/* A source, an operation or a match: each has some of the lists. */
struct spec_match {
    struct spec_list lists[POLICY_LISTS];
};

/* An entry of `from` or `to`. */
struct spec_part {
    struct spec_match *match;
};

struct spec_when {
    char *key;
    struct spec_list values, not_values;
};

struct spec_clause {
    struct spec_match *matches;
    uint32_t n_matches;
};

struct spec_rule {
    struct spec_part *from, *to;
    uint32_t n_from, n_to;
    struct spec_when *when;
    uint32_t n_when;
    struct spec_clause *clauses;
    uint32_t n_clauses;
};

struct spec_policy {
    char *name, *namespace;
    uint32_t id, index; /* 0: left out */
    enum policy_action action;
    struct spec_list pods, services;
    struct spec_rule *rules;
    uint32_t n_rules;
};

struct spec_map {
    char *name;
    uint32_t entries;
};

/* Each a setting's value as text, NULL where it is left as the programs have it. */
struct spec_settings {
    char *bpf_log_level, *enable_monitoring, *enable_periodic_report, *authz_offload, *node_ip,
        *pod_gateway;
};

struct spec {
    char *dns_proxy; /* a pod's name, or NULL */
    char **nodes;
    uint32_t n_nodes;
    struct spec_pod *pods;
    uint32_t n_pods;
    struct spec_service *services;
    uint32_t n_services;
    struct spec_policy *policies;
    uint32_t n_policies;
    enum topology_encryption encryption;
    struct spec_map *maps;
    uint32_t n_maps;
    struct spec_settings *settings;
};

/* What a topology file may hold, and a file of policies. */
extern const cyaml_schema_value_t spec_schema, spec_policies_schema;

/* "a pod", "a listener"; for a schema of type CYAML_MAPPING. */
const char *spec_noun(const cyaml_schema_value_t *schema);
/* The numbers that may stand under a key. */
void spec_range(const char *key, uint64_t *min, uint64_t *max);
/* The field of that name in a schema of type CYAML_MAPPING; NULL when there is none. */
const cyaml_schema_field_t *spec_field(const cyaml_schema_value_t *schema, const char *key);

/*
 * Fills a specification from the text that `d` was read from. -EINVAL with one line, FILE:LINE,
 * for what the schema does not allow; numbers are within their range afterwards.
 */
int spec_load(const struct document *d, const cyaml_schema_value_t *schema, const char *text,
              size_t length, struct spec **out);
/* Takes NULL; clears *spec. */
void spec_free(struct spec **spec);
#define _cleanup_spec_ _cleanup_(spec_free)

/* Why libcyaml refused the value or key `node` with `error`, as FILE:LINE; -EINVAL. schemas[] has
 * the schema of every node, a key's being its mapping's; NULL for what is in no schema. */
int spec_explain(const struct document *d, const cyaml_schema_value_t *const *schemas,
                 document_id node, cyaml_err_t error);
/* The same for a number that is none or is out of its range. */
int spec_explain_value(const struct document *d, const cyaml_schema_value_t *const *schemas,
                       document_id node);
