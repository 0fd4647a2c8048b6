/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a topology's `encryption: esp` adds to the network: in every node's namespace states and
 * policies, so that what is marked goes to the node of its destination through a tunnel between the
 * nodes' own addresses. Two tunnels, one for each direction, between any two nodes and of each
 * family; a policy for every network of the other nodes' pods. The keys are the kernel's random
 * bytes, known to the two nodes' states and to nobody else.
 */
#pragma once

#include "place/lab.h"

/* Whether this kernel has ESP, by trying it: a negative errno, with a sentence that says what is
 * needed, where it has not. Nothing in a lab that wants none. */
int net_xfrm_check(const struct lab *lab);
/* Makes them; the lab's namespaces are there, and have none. Nothing in a lab without ESP. */
int net_xfrm_up(const struct lab *lab);
/* Takes away what is in the nodes, whosever it is, and makes the lab's anew, with other keys.
 * Nothing in a lab without encryption, or on a kernel without xfrm. */
int net_xfrm_reset(const struct lab *lab);
