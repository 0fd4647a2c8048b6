/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forged packets for real: sent by a packet socket at one end of a lab, and awaited by another one
 * at the other end. Behind each packet goes a fence, an echo reply that nobody asked for. The
 * kernel handles what one processor sends in its order: what is not there when the fence comes does
 * not come.
 */
#pragma once

#include "forge/frame.h"
#include "forge/place.h"
#include "forge/table.h"

struct forge_way {
    const struct forge_place *from, *at;
    struct packet_scene scene;
    int send_fd, receive_fd;
    struct frame_way end;
    unsigned int fences;
};

/*
 * From a pod to any other; from a node to a pod of its own straight onto the pod's link, and from a
 * pod to its node likewise: only so does that arrive which no router forwards. -EINVAL with a
 * sentence for another pair, or the errno of a socket. Borrows the places.
 */
int way_open(const struct forge_place *from, const struct forge_place *at, struct forge_way *out);
void way_close(struct forge_way *way);
/*
 * Who judges a table of packets: "arrived" when a frame arrived with the bytes that it must have
 * (hardware addresses and TTL after so many routers; a VLAN tag in the metadata; a checksum that is
 * made or still to be made), "arrived changed" when only one with the same addresses did, "lost"
 * when neither did until the fence came. -PATIENCE_STARVED or -ETIME with a sentence when the fence
 * did not come: nothing can be said then. JSON has "after", NULL of what is lost. Borrows the way.
 */
struct table_judge way_judge(struct forge_way *way);
