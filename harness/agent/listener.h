/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pod's listeners: bound to every address of the pod, of IPv6 and IPv4 (mapped ones land there
 * too) or of the one family that the topology says, served by the main thread. What they read is
 * hostile; what they keep of it is bounded.
 */
#pragma once

#include "agent/record.h"
#include "common/loop.h"
#include "topology/topology.h"

struct datagram;

struct listener {
    struct loop_source source;
    struct listener_port at;
    enum listener_family family;
    struct datagram *held; /* of a `swap` listener: not answered yet, or NULL */
};

/* Binds and listens; when it returns, connections are taken. Errors are said, with the port. The
 * listener must stay where it is until it is closed. */
int listener_open(struct listener *listener, const struct topology_listener *what,
                  struct records *records);
void listener_close(struct listener *listener);
