/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's socket with what belongs to its connection, and those that are kept under a name from
 * one flow to the next.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/payload.h"
#include "agent/request.h"
#include "common/address.h"

#define KEPT_MAX 256

struct kept {
    struct kept *next;
    char name[REQUEST_NAME_MAX + 1]; /* "": not kept */
    int fd;
    enum family family;
    int protocol;
    bool busy;        /* a flow uses it */
    bool dropped;     /* it is to be closed when that flow is over */
    bool unconnected; /* UDP whose destination is named in every call: `to` */
    struct address_port to;
    /* Of the present connection. */
    int64_t connect_ns;
    uint16_t port; /* local: the payloads' seed */
    struct digest sent, received;
    struct payload_check greeting; /* is what was received the listener's own payload … */
    struct payload_check echo;     /* … or what was sent? */
};

struct kept_table {
    pthread_mutex_t mutex;
    struct kept *first;
    size_t n;
};

int kept_new(enum family family, int protocol, struct kept **out);
/* Closes the socket; takes NULL, clears *kept. */
void kept_free(struct kept **kept);
/* A new connection from that local port: payloads begin anew. */
int kept_begin_connection(struct kept *kept, uint16_t port, int64_t connect_ns);

void kept_table_init(struct kept_table *table);
/* The socket of that name for one flow; a new one, without a socket yet, where there is none and
 * `may_make`. Errors are said: -ENOENT, -EBUSY when another flow has it, -ENOBUFS. */
int kept_table_take(struct kept_table *table, const char *name, bool may_make, struct kept **out);
/* The flow is over: the socket stays in the table or, without `keep`, is closed and forgotten. */
void kept_table_return(struct kept_table *table, struct kept *kept, bool keep);
/* A descriptor of the socket of that name, which stays in the table, a flow may use it meanwhile;
 * the caller closes it. Errors are said: -ENOENT. */
int kept_table_lend(struct kept_table *table, const char *name, int *out_fd);
/* Resets and forgets all; those in use when their flow returns them. */
void kept_table_clear(struct kept_table *table);
/* The next close is a reset. */
void kept_linger_reset(const struct kept *kept);
