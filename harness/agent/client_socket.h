/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's socket with what belongs to its connection.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/payload.h"
#include "agent/request.h"
#include "common/address.h"

struct client_socket {
    struct client_socket *next;
    char name[FLOW_NAME_MAX + 1]; /* "": not kept */
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

int client_socket_new(enum family family, int protocol, struct client_socket **out);
/* Closes the socket; takes NULL, clears *client. */
void client_socket_free(struct client_socket **client);
/* A new connection from that local port: payloads begin anew. */
int client_socket_begin(struct client_socket *client, uint16_t port, int64_t connect_ns);
/* The next close is a reset. */
void client_socket_linger_reset(const struct client_socket *client);
