/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another agent's programs in a lab, beside the datapath: whoever else looks at a pod's connections
 * or redirects them.
 */
#pragma once

#include "place/lab.h"

/*
 * Loads the object and attaches all that it has: cgroup and sockops programs to the cgroup of
 * `where` (a pod; a node; the lab's name: all of its nodes), sk_msg and sk_skb programs to its own
 * sockhashes. On a pod they run before the datapath's, on a node after those that were attached
 * earlier, on the lab after all. `object` is a file, or without '/' one of bpf/other. They stay
 * until other_detach(). -EINVAL, with a sentence, for what is not to be attached, -EEXIST where it
 * is there already; nothing is attached then.
 */
int other_attach(const struct lab *lab, const char *object, const char *where);
/* Takes all of them off; none is no error. */
int other_detach(const struct lab *lab);
