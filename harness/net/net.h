/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network of a lab, by rtnetlink in batches (libmnl), every message acknowledged.
 *
 * A node is a namespace that forwards; a pod is a namespace with `eth0`, its addresses as /32 and
 * /128, and a default route by way of 169.254.1.1 / fe80::1 whose neighbour entry is permanent. The
 * node's end has host routes and permanent neighbours: nothing is resolved, nothing floods, and the
 * cost of a pod does not depend on how many there are. Nodes are joined by veths, with routes to
 * the pods of the others. A host pod is in its node's namespace, which has two names then. A
 * connection to a service's address that no program redirects is refused by the client's node. DAD
 * and router solicitation are off.
 */
#pragma once

#include "common/stop.h"
#include "net/gone.h"
#include "place/lab.h"

/* Makes all namespaces and links. What was made before a failure stays, for net_down(). */
int net_up(const struct lab *lab, const struct stop *stop);
/* Removes them, and returns when the kernel has taken them apart: the last name, link and address
 * is gone then, unless a process outside the lab is in a namespace. Absent parts are no error, so
 * that half a lab can be taken down. */
int net_down(const struct lab *lab, const struct stop *stop);
/* The same in two steps, for a caller that has something to do while the kernel is at it. *out is
 * NULL where there was nothing to remove; the caller frees it. */
int net_down_begin(const struct lab *lab, const struct stop *stop, struct net_gone **out);
int net_down_end(const struct lab *lab, const struct stop *stop, struct net_gone *gone);
/* The pod's network namespace. The caller owns the fd. */
int net_open_pod(const struct lab *lab, const char *pod, int *out_fd);
/* Moves the calling thread into the pod's (or node's) network namespace. */
int net_enter(const struct lab *lab, const char *name);
/* SO_NETNS_COOKIE of a namespace (host byte order), as programs see it. */
int net_cookie(int netns_fd, uint64_t *out);
/*
 * In the calling thread's namespace, a pod's: turns the gateway's permanent neighbour entries into
 * unresolved ones, so that what is sent waits in the kernel; and back, which sends it. That holds a
 * TCP handshake open for as long as a test needs, with no timer in it.
 */
int net_gateway_hold(void);
int net_gateway_release(void);
