/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flows of a pod that are under way: each is socket, connect, bytes in both directions, end,
 * and an observation of it.
 */
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stddef.h>

#include "agent/flow.h"
#include "agent/hooks.h"
#include "agent/named_sockets.h"
#include "agent/request.h"

#define FLOWS_MAX 64

/* All flows that are under way. */
struct flows {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct flow *first;
    size_t n;
    struct named_sockets sockets;
    struct hooks *hooks;
};

void flows_init(struct flows *flows, struct hooks *hooks);
/*
 * Starts the flow in a thread of its own, which calls `done` with the answer (the callee's). Errors
 * are said and `done` is not called: -EBUSY when FLOWS_MAX are under way, and those of
 * named_sockets_take().
 */
int flows_start(struct flows *flows, const struct flow_request *request,
                void (*done)(void *data, json_t *answer), void *data);
/* Breaks off the flows that are under way, waits for their end, and drops every kept socket. */
void flows_clear(struct flows *flows);
void flows_free(struct flows *flows);
