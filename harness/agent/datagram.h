/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of the UDP listeners: every datagram is answered with its own payload, from the
 * address that it was sent to; of mode `swap` in pairs, the second first.
 */
#pragma once

#include "agent/record.h"

struct datagram;

/* In the main thread: the socket has something to read. *held is a datagram that is not answered
 * yet, or NULL; the caller frees it in the end. */
void datagram_ready(const struct listener_port *at, int fd, struct datagram **held);
