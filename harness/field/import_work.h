/* SPDX-License-Identifier: Apache-2.0 */
/* An import under way: what its parts share. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/address.h"
#include "field/import_names.h"
#include "topology/policy.h"
#include "topology/topology.h"

struct import_work {
    uint16_t waypoint_port; /* of every waypoint */
    enum topology_encryption encryption;
    const char *view; /* the node whose view it is; NULL: none */
    const json_t *dump, *workloads, *services;
    const json_t *viewer; /* a workload of `view`; NULL: none has that node */
    struct import_names *names;
    json_t *owners;    /* "IP" → the name of the pod or service that has it */
    json_t *others;    /* "IP" → true where it is not its owner's first of the family */
    json_t *at;        /* "IP" → [the first pod that has it, its node as the dump has it] */
    json_t *sharing;   /* name of a pod that shares an address with another of its node → true */
    json_t *taken;     /* "NODE:PORT" → the one of those that listens there */
    json_t *hosts;     /* "NS/HOST" → the name of the service */
    json_t *by_host;   /* "NS/HOST" → the service as the dump has it */
    json_t *endpoints; /* name of a service → [[pod, priority]…] */
    json_t *targets;   /* name of a service → [target port…] */
    json_t *listens;   /* name of a pod → {port: true} */
    json_t *pods, *nodes;
    struct policies policies; /* their pods by position in `pods` */
    size_t left_out;
    FILE *out;
};

/* The member as text, "" when it is none. */
const char *import_text(const json_t *object, const char *key);
/* "NETWORK/IP" or "IP", one that a service can have, or a pod. */
bool import_address(const char *text, bool service, struct address *out);
/* Takes the addresses of the list that the pod or service of that name can have: ["IP"…]. What it
 * cannot have, and what others have, is left out and counted. `node` is the workload's; NULL: it is
 * a service. import_addresses.c */
json_t *import_addresses(struct import_work *work, const json_t *list, const char *name,
                         const char *node);
/* How many of the service's preferences, in order, the workload does not meet. import_priority.c */
json_int_t import_priority(const struct import_work *work, const json_t *service,
                           const json_t *workload);
/* Finds whose view it is. */
void import_find_viewer(struct import_work *work);
/* The service's policy as a number; one whose word is not known is counted. */
uint32_t import_policy(struct import_work *work, const json_t *service);
/* What a service's dump says of its waypoint. */
const char *import_service_waypoint(const json_t *service);
/* The name of the pod or service that the waypoint is; NULL: an address of nobody's, or none. */
const char *import_waypoint(const struct import_work *work, const char *text,
                            struct address *address);
