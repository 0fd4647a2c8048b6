/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of `waypost flow`: its command line, and its observation as text.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/address.h"
#include "topology/topology.h"

#define FLOW_ALSO_MAX 7

struct flow_line {
    const char *lab, *pod;
    const char *target; /* NULL: go on with a kept socket */
    const char *also[FLOW_ALSO_MAX];
    size_t n_also;
    enum family family;
    json_t *request; /* for the client's agent (docs/observation.md), without "to" and "also" */
    int deadline_ms;
    bool keep; /* the connection stays open */
    bool json, vars;
    const char *file; /* also gets the JSON; may be NULL */
};

/* Reads the command line. -EINVAL after a usage error; release *out in any case. */
int flow_read_line(int argc, char **argv, struct flow_line *out);
void flow_line_release(struct flow_line *line);

/* The service, node or pod that has the address (IPv4-mapped counts as IPv4), the client itself for
 * a loopback address, NULL when nobody has it. */
const char *flow_owner(const struct topology *t, const char *client, const struct address *address);

/* `observation` is what `waypost flow -j` prints. A few lines for people; names come from `t`. */
void flow_print_text(FILE *out, const json_t *observation, const struct topology *t);
/* The listener's part of it alone; there may be no client. */
void flow_print_listener(FILE *out, const json_t *observation);
/*
 * NAME=VALUE lines, nested names joined by '_', arrays by a space, null as nothing. Every name of
 * the observation is there, also without a listener. No value has a newline in it. Behind them the
 * addresses once more, in forms to compare with: …_plain unmapped, …_name with the name of the
 * service, node or pod that has the address.
 */
void flow_print_vars(FILE *out, const json_t *observation, const struct topology *t);
