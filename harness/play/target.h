/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a flow to a target has to end, as the topology has it: that is where the player listens. A
 * flow that ends elsewhere is refused there.
 */
#pragma once

#include "place/lab.h"

struct play_target {
    const char *name;              /* "web:80", borrowed */
    struct address_port asked;     /* what the client connects to */
    const struct topology_pod *at; /* whose listener takes it */
    struct address_port listen;    /* where; unmapped */
    bool waypoint;                 /* a TLV leads what the client sends */
};

/* -EINVAL with a sentence: nobody of that name, or a service with several endpoints, each of which
 * it could be. */
int play_target_find(const struct lab *lab, const char *name, enum family family,
                     struct play_target *out);
/* Bytes of the TLV, which follows the family of the client's socket and is no part of what an
 * application sent; 0 where none leads. */
size_t play_target_tlv(const struct play_target *target);
