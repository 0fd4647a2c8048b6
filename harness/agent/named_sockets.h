/* SPDX-License-Identifier: Apache-2.0 */
/* The clients' sockets that are kept under a name from one flow to the next. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/client_socket.h"

#define NAMED_SOCKETS_MAX 256

struct named_sockets {
    pthread_mutex_t mutex;
    struct client_socket *first;
    size_t n;
};

void named_sockets_init(struct named_sockets *table);
/* The socket of that name for one flow; a new one, without a socket yet, where there is none and
 * `may_make`. Errors are said: -ENOENT, -EBUSY when another flow has it, -ENOBUFS. */
int named_sockets_take(struct named_sockets *table, const char *name, bool may_make,
                       struct client_socket **out);
/* The flow is over: the socket stays in the table or, without `keep`, is closed and forgotten. */
void named_sockets_return(struct named_sockets *table, struct client_socket *client, bool keep);
/* A descriptor of the socket of that name, which stays in the table, a flow may use it meanwhile;
 * the caller closes it. Errors are said: -ENOENT. */
int named_sockets_lend(struct named_sockets *table, const char *name, int *out_fd);
/* Resets and forgets all; those in use when their flow returns them. */
void named_sockets_clear(struct named_sockets *table);
