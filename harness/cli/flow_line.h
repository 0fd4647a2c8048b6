/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `waypost flow`, as a request to the client's agent. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/flow_terms.h"
#include "common/address.h"

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
