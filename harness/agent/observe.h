/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flow, one observation (docs/observation.md): what the client's agent answers, and what the
 * agent of the pod that took the connection saw. The two are matched by the connection's two ends.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "place/lab.h"

struct observe {
    const char *pod; /* the client */
    const char *to;  /* "ADDRESS:PORT", as the socket is to see it; NULL: a kept socket goes on */
    enum family family;
    json_t *request; /* for the client's agent; "to" is added to it */
    int deadline_ms;
    bool keep; /* the connection stays open */
};

/* The caller owns *out. -EINVAL when the agent did not take the request. */
int observe_flow(const struct lab *lab, const struct observe *o, json_t **out);

bool observe_is_loopback(const struct address *address);
