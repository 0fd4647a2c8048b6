/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the witnesses saw, sorted by socket: the ring is one for the pod, the flows are many. Events
 * of other sockets are kept for their owners, the oldest are dropped first. What was lost while a
 * flow made its connect is counted: it may have been the flow's.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "witness/event.h"

#define HOOKS_STORE 1024
#define HOOKS_FLOW  16 /* events of one connect */

struct hooks;

/* What one flow's connect went through, in order; zero it before the first use. */
struct hooks_seen {
    struct witness_event events[HOOKS_FLOW];
    size_t n;
    uint64_t lost; /* events of the pod since hooks_begin() that were lost, whosever they were */
    bool begun;
    uint64_t gone_before, left_out;
};

/* Takes ownership of ring_fd on success; with -1 there are no witnesses, and nothing is ever seen.
 */
int hooks_new(int ring_fd, struct hooks **out);
void hooks_free(struct hooks **hooks);
/* Before the connect: what an earlier one of the socket has left is forgotten, and from here on
 * `seen` counts what is lost. */
void hooks_begin(struct hooks *hooks, uint64_t socket_cookie, struct hooks_seen *seen);
/* Moves the socket's events that are there to `seen`, behind what it holds. Of a connect they are
 * there when connect() has returned. From any thread. */
void hooks_take(struct hooks *hooks, uint64_t socket_cookie, struct hooks_seen *seen);
/* {"before": ["address:port", …], "after": […], "lost": N} */
json_t *hooks_describe(const struct hooks_seen *seen);
