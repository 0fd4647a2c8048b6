/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rtnetlink requests that a lab's network is made of. Indexes of links are chosen, not looked
 * up; every request goes into a batch and is checked at its flush (net/netlink.h). `subject` is the
 * pod or node that an error names.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "net/netlink.h"

struct net_mac {
    uint8_t bytes[6];
};

/* One end of a veth. */
struct net_end {
    const char *name;
    int index;
    struct net_mac mac;
    int netns_fd; /* -1: where the request is made */
};

/*
 * Makes a veth with each end in its namespace, and sets `end` up. It must not ask for `peer` to be
 * set up: while the peer is made `end` is not there yet, and the refusal takes 16 ms.
 */
void net_link_veth(struct netlink *nl, const struct net_end *end, const struct net_end *peer,
                   const char *subject);
void net_link_set_up(struct netlink *nl, int index, const char *subject);
/* No address of the link's own choice (and with that no router solicitation). */
void net_link_no_auto_address(struct netlink *nl, int index, const char *subject);
/* The address as /32 or /128, without duplicate address detection; the link must be up. What is
 * sent to it is taken in from the flush on. AF_UNSPEC adds nothing. */
void net_link_address(struct netlink *nl, int index, const struct address *address,
                      const char *subject);
/* A host route to `to` (NULL: the default route of family `af`) by `via`, a gateway that is taken
 * to be on the link, or straight to the link when NULL. */
void net_link_route(struct netlink *nl, int af, const struct address *to, const struct address *via,
                    int index, const char *subject);
/* What is sent to the address ends here, though it is no address of the namespace's own: none that
 * it would choose as a source. AF_UNSPEC adds nothing. */
void net_link_local_route(struct netlink *nl, const struct address *to, int index,
                          const char *subject);
/* A neighbour entry with that state (NUD_PERMANENT, …); `mac` may be NULL. */
void net_link_neighbour(struct netlink *nl, int index, const struct address *address,
                        const struct net_mac *mac, uint16_t state, const char *subject);
