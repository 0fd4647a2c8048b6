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
    const json_t *locality; /* of `view` */
    struct import_names *names;
    json_t *owners;    /* "IP" → the name of the pod or service that has it */
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
/* "NETWORK/IP" or "IP", one that a pod can have. */
bool import_address(const char *text, struct address *out);
/* What a service's dump says of its waypoint. */
const char *import_service_waypoint(const json_t *service);
/* The name of the pod or service that the waypoint is; NULL: an address of nobody's, or none. */
const char *import_waypoint(const struct import_work *work, const char *text,
                            struct address *address);
