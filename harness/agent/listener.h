/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pod's listeners: bound to every address of the pod, IPv6 and IPv4 (mapped ones land there
 * too), served by the main thread. What they read is hostile; what they keep of it is bounded.
 */
#pragma once

#include "common/loop.h"
#include "agent/record.h"
#include "topology/topology.h"

struct datagram;

struct listener {
    struct loop_source source;
    uint16_t port;
    enum listener_mode mode;
    struct records *records;
    struct datagram *held; /* of a `swap` listener: not answered yet, or NULL */
};

/* Binds and listens; when it returns, connections are taken. Errors are said, with the port. The
 * listener must stay where it is until it is closed. */
int listener_open(struct listener *listener, const struct topology_listener *what,
                  struct records *records);
void listener_close(struct listener *listener);

/* In the main thread: a connection that was accepted (the callee's) from that address,
 * and a datagram socket that has something to read. */
void listener_take(const struct listener *listener, int accepted,
                   const struct sockaddr_storage *from, socklen_t length);
void listener_answer_datagrams(struct listener *listener);
