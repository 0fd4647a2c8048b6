/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pod's listeners took: one record per connection (of UDP: per client and local address),
 * kept in a bounded list after the connection has ended; and those who wait for one.
 *
 * Only the main thread touches records.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "agent/stream.h"
#include "topology/topology.h"

#define RECORDS_MAX 8192

struct records;

enum record_end {
    RECORD_OPEN,
    RECORD_EOF,    /* the client ended the stream */
    RECORD_RESET,  /* the connection died */
    RECORD_CLOSED, /* the listener ended it: mode reset, or a request to */
};

struct record {
    struct record *newer, *older;
    struct records *records;
    struct loop_source source; /* fd -1 when it has ended, and always for UDP */
    uint16_t port;
    enum listener_mode mode;
    struct address_port peer, local; /* unmapped */
    int64_t accepted_ns;
    enum record_end end;
    bool eof; /* the client's stream has ended, our answer is still under way */
    struct stream stream;
    uint8_t *pending; /* what could not be sent back yet */
    size_t pending_used, pending_sent;
};

/* The port that somebody listens on. */
struct listener_port {
    uint16_t port;
    enum listener_mode mode;
    struct records *records;
};

/* What a "accepted" request asks for. */
struct record_query {
    struct address_port peer;
    bool has_local;
    struct address_port local;
    int64_t since_ns; /* accepted then or later */
    bool final;       /* it must have ended */
    uint64_t bytes;   /* that many payload bytes must have been read */
};

struct waiter;
/* `listener` is owned by the callee: the object, or JSON null when no record came up; NULL when
 * nobody can say, and `sentence` says so. */
typedef void (*waiter_fn)(void *data, json_t *listener, const char *sentence);

struct records {
    const char *pod;
    struct loop *loop;
    struct record *newest, *oldest;
    size_t n;
    struct waiter *waiters;
    size_t n_waiters;
};

/* A record at the head of the list, in state open with fd -1. When the list is full the oldest that
 * has ended is forgotten; -ENOBUFS, said, when none has. */
int record_new(struct records *records, const struct address_port *peer,
               const struct address_port *local, struct record **out);
/* The newest of that client and local address, or NULL. */
struct record *record_find(struct records *records, const struct address_port *peer,
                           const struct address_port *local);
/* To be called when something was read or has changed: answers those who wait for it. */
void record_changed(struct record *record);
/* Closes the connection, if any, and marks the end. */
void record_ended(struct record *record, enum record_end end);

/* Calls `fn` now, or when a record satisfies the query, or at the deadline. -EBUSY, said, when too
 * many wait already; `fn` is not called then. */
int records_wait(struct records *records, const struct record_query *query, int deadline_ms,
                 waiter_fn fn, void *data);
/* Answers those whose deadline has passed; when to look again (common/deadline.h). */
int64_t records_expire(struct records *records);
/* Resets the open connections and forgets all records. Those who wait go on waiting. */
void records_clear(struct records *records);
/* The same, and everybody who waits is answered with what there is. */
void records_free(struct records *records);
