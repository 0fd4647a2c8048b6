/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flow of the pod's as a client: socket, connect, bytes in both directions, end; and the
 * observation of it. A flow runs in a thread of its own.
 */
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/hooks.h"
#include "agent/kept.h"
#include "agent/request.h"
#include "agent/ways.h"

#define FLOWS_MAX        64
#define FLOW_REPLIES_MAX (1 + REQUEST_ALSO_MAX) /* of which each is described */

struct flows;

/* What the way of handing over early bytes came to. */
struct flow_early_result {
    uint64_t bytes;
    int error;   /* a positive errno, or 0 */
    bool waited; /* blocked-send: the send was asleep in the kernel before the handshake went on */
};

/* A datagram that came back. */
struct flow_reply {
    bool is_answer; /* to what was sent to `asked` */
    struct address_port asked, source;
};

struct flow {
    struct flow *next;
    struct flows *flows;
    struct flow_request request;
    struct kept *kept; /* the socket; in the table of kept ones when it has a name */
    int64_t started_ns, deadline;
    int wake_fd;           /* an eventfd: readable when waiting makes no sense any more */
    atomic_bool cancelled; /* by a "reset" or "stop" */
    /* The outcome. */
    int error;         /* a positive errno, 0 for none */
    const char *stage; /* of the error */
    bool late;         /* it is the flow's own deadline */
    uint64_t cookie;
    struct address_port local, peer; /* as the socket sees them; AF_UNSPEC where it does not */
    bool has_source;
    struct address_port source; /* of the last datagram */
    struct flow_reply replies[FLOW_REPLIES_MAX];
    size_t n_replies;
    struct flow_early_result early_result;
    struct sender sender;
    struct hooks_seen seen;
    json_t *peers; /* with "repeat": {"address:port": how many connections ended there} */
    void (*done)(void *data, json_t *answer);
    void *data;
};

/* All flows that are under way. */
struct flows {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct flow *first;
    size_t n;
    struct kept_table kept;
    struct hooks *hooks;
};

void flows_init(struct flows *flows, struct hooks *hooks);
/*
 * Starts the flow in a thread of its own, which calls `done` with the answer (the callee's). Errors
 * are said and `done` is not called: -EBUSY when FLOWS_MAX are under way, and those of
 * kept_table_take().
 */
int flows_start(struct flows *flows, const struct flow_request *request,
                void (*done)(void *data, json_t *answer), void *data);
/* Breaks off the flows that are under way, waits for their end, and drops every kept socket. */
void flows_clear(struct flows *flows);
void flows_free(struct flows *flows);

/* -- Between the files of a flow ----------------------------------------------------------- */

/* Notes the outcome of a stage, the first that fails: `r` is a negative errno, -ETIME when the
 * deadline has passed. Returns r. */
int flow_fail(struct flow *flow, const char *stage, int r);
/* Makes others' waits for this flow end. */
void flow_wake(struct flow *flow);
/* flow_connect.c: makes the socket where there is none, and connects it when the request says so.
 */
int flow_open(struct flow *flow);
int flow_connect(struct flow *flow);
/* The connect call itself, by whom the request says: 0, or a negative errno (-EINPROGRESS for a
 * non-blocking socket). */
int flow_connect_call(struct flow *flow, bool nonblocking);
/* Waits for the event of a connect that is in progress. */
int flow_connect_wait(struct flow *flow);
int flow_set_nonblocking(int fd, bool on);
/* Notes local and peer addresses as they are now. */
void flow_note_names(struct flow *flow);
/* The connection has a local port: its payloads can begin. */
int flow_begin_connection(struct flow *flow);
/* flow_repeat.c: the connections in front of the last, and the counting of them all. */
int flow_repeat(struct flow *flow);
int flow_count_peer(struct flow *flow);
/* flow_early.c */
int flow_connect_early(struct flow *flow);
/* flow_transfer.c: bytes in both directions, and the end of the stream. */
int flow_transfer(struct flow *flow);
/* flow_datagrams.c: with "also", one datagram to each destination; and what comes back. */
int flow_send_datagrams(struct flow *flow, uint8_t *buffer,
                        int (*send)(struct flow *flow, const uint8_t *bytes, size_t length));
void flow_note_reply(struct flow *flow, const struct address_port *source, const uint8_t *bytes,
                     size_t length);
json_t *flow_describe_replies(const struct flow *flow, bool asked);
/* Takes note of payload bytes that the kernel took. */
void flow_sent(struct flow *flow, const uint8_t *bytes, size_t length);
/* flow_answer.c */
json_t *flow_describe(const struct flow *flow);
const char *errno_name(int error);
