/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests, as read from the control socket: hostile until checked. What is wrong is answered with
 * -EINVAL and one sentence, through the log.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/record.h"
#include "agent/flow_terms.h"
#include "common/address.h"

enum flow_by { FLOW_BY_MAIN, FLOW_BY_THREAD, FLOW_BY_CHILD };
enum flow_early {
    EARLY_NONE,
    EARLY_FASTOPEN,
    EARLY_FASTOPEN_CONNECT,
    EARLY_FASTOPEN_CONNECT_COOKIE, /* asks for a cookie first, as clients do by default */
    EARLY_BLOCKED_SEND,
};
enum flow_end { END_HALF_CLOSE, END_CLOSE, END_RESET, END_KEEP };
enum flow_receive { RECEIVE_NONE, RECEIVE_BYTES, RECEIVE_EOF };

/* The members of a "flow" request; docs/observation.md says what they mean. */
/* The letters of `reads`. */
enum flow_read {
    READ_NAMED = 'r',    /* asks for the source */
    READ_PEEK = 'p',     /* the same with MSG_PEEK: what it saw stays */
    READ_NAMELESS = 'n', /* does not ask for the source */
};

#define FLOW_READS_MAX 64

struct flow_request {
    bool has_to;
    struct address_port to; /* as the socket is to see it: mapped for FAMILY_MAPPED */
    struct address_port also[FLOW_ALSO_MAX]; /* each gets a datagram behind the one for `to` */
    size_t n_also;
    enum family family;
    int protocol; /* IPPROTO_TCP or IPPROTO_UDP */
    bool mptcp;   /* IPPROTO_TCP, over subflows of IPPROTO_MPTCP */
    bool has_from;
    struct address_port from; /* as `to`; the address may be all zero, the port 0 */
    bool nonblocking;
    enum flow_by by;
    const struct send_method *method;
    uint64_t bytes;
    size_t chunk;
    enum flow_early early;
    enum flow_end end;
    enum flow_receive receive;
    uint64_t receive_bytes;
    char reads[FLOW_READS_MAX + 1]; /* udp: how each is made, a letter; the rest as the last */
    int user_timeout_ms;            /* 0: not set */
    int deadline_ms;
    char socket[FLOW_NAME_MAX + 1]; /* "": none */
    bool disconnect;
    int repeat; /* connections in all, of which the last is the flow */
};

struct manage_request {
    bool enable;
    enum family family;
};

int request_parse_flow(const json_t *object, struct flow_request *out);
/* `deadline_ms` is how long to wait. */
int request_parse_accepted(const json_t *object, struct record_query *out, int *deadline_ms);
int request_parse_manage(const json_t *object, struct manage_request *out);
