/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that arrive, compared with what was sent. */
#pragma once

#include "packet/packet.h"

/* What the way of a frame makes of it. */
struct frame_way {
    uint8_t source_mac[6], destination_mac[6]; /* at its end */
    unsigned int routers;                      /* each takes one from the TTL */
};

/* As a packet socket receives it, or as it must arrive. */
struct frame {
    struct packet_bytes packet;
    int tag;       /* a VLAN tag in the metadata, -1: none */
    bool unsummed; /* the checksum is still left to the interface */
};

enum frame_match {
    FRAME_OTHER,
    FRAME_CHANGED, /* of the same protocol, from and to the same addresses */
    FRAME_SAME,    /* byte for byte */
};

/* What a frame that is sent becomes on that way. */
void frame_expect(const struct packet_bytes *sent, const struct frame_way *way, struct frame *out);
enum frame_match frame_match(const struct frame *expected, const struct frame *frame);
