/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the witnesses saw, sorted by socket: the ring is one for the pod, the flows are many. Events
 * of other sockets are kept for their owners, the oldest are dropped first.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "witness/event.h"

#define HOOKS_STORE 1024
#define HOOKS_FLOW  16 /* events of one connect */

struct hooks;

/* What one flow's connect went through, in order. */
struct hooks_seen {
    struct witness_event events[HOOKS_FLOW];
    size_t n;
};

/* Takes ownership of ring_fd on success; with -1 there are no witnesses, and nothing is ever seen.
 */
int hooks_new(int ring_fd, struct hooks **out);
void hooks_free(struct hooks **hooks);
/* Moves the socket's events that are there to `seen`, behind what it holds. Of a connect they are
 * there when connect() has returned. From any thread. */
void hooks_take(struct hooks *hooks, uint64_t socket_cookie, struct hooks_seen *seen);
/* {"before": ["address:port", …], "after": […]} */
json_t *hooks_describe(const struct hooks_seen *seen);
