/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes of a node that cost more than they are worth. Both functions take a request socket in the
 * node's namespace with nothing unsent in it; `name` is the node's, for the message.
 */
#pragma once

#include "net/netlink.h"

/*
 * The routes to ff00::/8, of which the kernel adds one for each link, all to one list. It goes
 * through the list with every link that comes up, and with every multicast packet that a pod sends:
 * with 10,000 pods that costs more than the rest of their network. Nobody needs multicast here.
 */
int net_flush_multicast(struct netlink *nl, const char *name);
/*
 * The routes to the pods. When a namespace goes, the kernel takes its links away one by one, and
 * looks at every route for each of them: with 10,000 pods half a minute of nothing else.
 */
int net_flush_static(struct netlink *nl, const char *name);
