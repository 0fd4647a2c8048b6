/* SPDX-License-Identifier: Apache-2.0 */
/* One accepted connection, as its listener's mode says: read, decoded, answered. */
#pragma once

#include <sys/socket.h>

#include "agent/record.h"

/* In the main thread: takes a connection (the callee's) that was accepted from that address. */
void accepted_take(const struct listener_port *at, int accepted,
                   const struct sockaddr_storage *from, socklen_t length);
