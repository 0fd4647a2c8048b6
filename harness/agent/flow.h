/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flow of the pod's as a client, while it runs: what was asked for, its socket, and what has
 * come of it. It runs in a thread of its own.
 */
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/hooks.h"
#include "agent/client_socket.h"
#include "agent/request.h"
#include "agent/send_method.h"
#include "common/patience.h"

#define FLOW_REPLIES_MAX (1 + FLOW_ALSO_MAX) /* of which each is described */

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
    struct flows *flows;    /* those under way, of which it is one: flows.h */
    pthread_mutex_t *mutex; /* theirs; held while the socket's descriptor comes or goes */
    struct hooks *hooks;
    struct flow_request request;
    struct client_socket *socket; /* the socket; in the table of kept ones when it has a name */
    int64_t started_ns;
    struct patience patience;
    int64_t longest_pause_ns; /* between two reads, of what patience counted */
    int wake_fd;              /* an eventfd: readable when waiting makes no sense any more */
    atomic_bool cancelled;    /* by a "reset" or "stop" */
    /* The outcome. */
    int error;         /* a positive errno, 0 for none */
    const char *stage; /* of the error */
    bool late;         /* it is the flow's own deadline */
    bool starved;      /* nobody can say whether it is */
    int lacked;        /* what the machine was short of for trying it, an errno; 0: nothing */
    uint64_t cookie;
    struct address_port local, peer; /* as the socket sees them; AF_UNSPEC where it does not */
    bool has_source;
    struct address_port source; /* of the last datagram */
    struct flow_reply replies[FLOW_REPLIES_MAX];
    size_t n_replies;
    size_t n_reads;
    struct flow_early_result early_result;
    struct sender sender;
    struct hooks_seen seen;
    json_t *peers; /* with "repeat": {"address:port": how many connections ended there} */
    void (*done)(void *data, json_t *answer);
    void *data;
};

/* Notes the outcome of a stage, the first that fails: `r` is a negative errno, -ETIME when the
 * deadline has passed, -PATIENCE_STARVED when nobody can say whether it has. Returns r. */
int flow_fail(struct flow *flow, const char *stage, int r);
/* Takes note of what the machine was short of, where no program can have had a say: a socket, a
 * thread. Returns r. */
int flow_lack(struct flow *flow, int r);
/* Makes others' waits for this flow end. */
void flow_wake(struct flow *flow);
int flow_set_nonblocking(int fd, bool on);
/* Notes local and peer addresses as they are now. */
void flow_note_names(struct flow *flow);
/* The connection has a local port: its payloads can begin. */
int flow_begin_connection(struct flow *flow);
/* Takes note of payload bytes that the kernel took. */
void flow_sent(struct flow *flow, const uint8_t *bytes, size_t length);
