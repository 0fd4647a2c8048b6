/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting until a node's links can send. The end of a veth that is set up first has no carrier yet;
 * when the other end comes, the kernel says so to a worker, and until that has run whatever is
 * sent on the first end is lost.
 */
#pragma once

#include "net/netlink.h"

/* Waits, with patience for so long, until every link of the calling thread's namespace that is set
 * up can send. `nl` is a request socket in it; `node` is for the message. */
int net_carrier_wait(struct netlink *nl, const char *node, int deadline_ms);
