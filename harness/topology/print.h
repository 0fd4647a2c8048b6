/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology printed as the file that topology_read() reads, part by part, in the order of the
 * calls: the nodes, each pod with what belongs to it, each service with what belongs to it, and the
 * rest. Nothing is checked; who reads it does that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/address.h"
#include "topology/policy.h"
#include "topology/topology.h"

struct topology_printer {
    FILE *out;
    const char *section; /* the key of the file that was begun last */
    const char *list;    /* what an open list begins its next entry with; NULL: none is open */
};

/* `comment`: what the file is, for its second line; NULL: none. */
void topology_print_begin(struct topology_printer *p, FILE *out, const char *comment);
void topology_print_node(struct topology_printer *p, const char *name);

void topology_print_pod(struct topology_printer *p, const char *name);
/* Of a pod: */
void topology_print_pod_node(struct topology_printer *p, const char *node);
void topology_print_unmanaged(struct topology_printer *p);
void topology_print_host(struct topology_printer *p);
void topology_print_uid(struct topology_printer *p, uint32_t uid);
void topology_print_listener(struct topology_printer *p, uint16_t port);

/* `id` 0: left to the reader. */
void topology_print_service(struct topology_printer *p, const char *name, uint32_t id);
/* Of a service; both lists are there, empty or not. */
void topology_print_policy(struct topology_printer *p, const char *policy);
void topology_print_ports(struct topology_printer *p);
void topology_print_port(struct topology_printer *p, uint16_t port, uint16_t target);
void topology_print_endpoints(struct topology_printer *p);
void topology_print_endpoint(struct topology_printer *p, const char *pod, uint32_t priority);

/* Of a pod or a service: all of them, in their order; a family that none is of is 'none'. */
void topology_print_all_addresses(struct topology_printer *p, const struct address *addresses,
                                  size_t n);
/* The same of one of each family. AF_UNSPEC is 'none'. */
void topology_print_addresses(struct topology_printer *p, const struct address *v4,
                              const struct address *v6);
/* `kind` is "pod" or "service" and `name` its name, or "address" and the address. */
void topology_print_waypoint(struct topology_printer *p, const char *kind, const char *name,
                             uint16_t port);

/*
 * A policy, rules and all, with its id. `pods` are the names of the pods that it is on. Every rule
 * is printed as clauses, which say all that there is in the maps.
 */
void topology_print_authorization(struct topology_printer *p, const struct policy *policy,
                                  const char *const *pods, size_t n_pods);

void topology_print_dns_proxy(struct topology_printer *p, const char *pod);
/* ENCRYPTION_NONE prints nothing. */
void topology_print_encryption(struct topology_printer *p, enum topology_encryption encryption);
void topology_print_map(struct topology_printer *p, const char *name, uint32_t entries);
void topology_print_setting(struct topology_printer *p, const char *name, const char *text);
/* Ends what is open; the stream stays the caller's. */
void topology_print_end(struct topology_printer *p);
