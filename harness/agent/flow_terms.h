/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words and limits of a "flow" request, for the agent that reads it and for the command line
 * that writes it.
 */
#pragma once

#include <stdbool.h>

#include "agent/send_method.h"

#define FLOW_BYTES           64
#define FLOW_BYTES_MAX       (1LL << 30)
#define FLOW_CHUNK           65536
#define FLOW_CHUNK_UDP       1200 /* a datagram that fits any link */
#define FLOW_CHUNK_MAX       SEND_CHUNK_MAX
#define FLOW_DEADLINE_MS     5000
#define FLOW_DEADLINE_MS_MAX 600000
#define FLOW_REPEAT_MAX      10000
#define FLOW_ALSO_MAX        7
#define FLOW_NAME_MAX        31 /* of a socket that is kept */

/* NULL-terminated, in the order of the enumerations in agent/request.h. */
extern const char *const flow_by_names[];
extern const char *const flow_early_names[]; /* the first is "none" */
extern const char *const flow_end_names[];
extern const char *const flow_protocol_names[];
extern const char *const flow_family_names[];

/* 1 to FLOW_NAME_MAX letters, digits, '.', '_' and '-'. */
bool flow_socket_name_ok(const char *name);
