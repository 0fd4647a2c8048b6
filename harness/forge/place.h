/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a lab a forged packet is: what its description may leave out. */
#pragma once

#include "packet/packet.h"
#include "place/lab.h"

struct forge_place {
    const struct lab *lab;
    const struct topology_node *node;
    const struct topology_pod *pod; /* NULL: the node itself */
    int af;                         /* of a host that is called by its name */
};

/* A pod or a node by its name; names stand for IPv4 addresses in every family but v6. -ENOENT with
 * a sentence. */
int forge_place_find(const struct lab *lab, const char *name, enum family family,
                     struct forge_place *out);
/* Packets that arrive at the pod (or the node), or that leave it: hardware addresses, and the host
 * at that end. Borrows the place. */
struct packet_scene forge_arrives(const struct forge_place *place);
struct packet_scene forge_leaves(const struct forge_place *place);
/* The pod's position in the topology. */
size_t forge_pod_index(const struct forge_place *place);
