/* SPDX-License-Identifier: Apache-2.0 */
/* What an IP packet carries: TCP, UDP, ICMP, ESP or bytes. */
#pragma once

#include "packet/part.h"

/* The number of the description, or `otherwise`. */
static inline int64_t packet_said(const struct packet *packet, enum packet_number number,
                                  int64_t otherwise)
{
    return packet->number[number] >= 0 ? packet->number[number] : otherwise;
}

static inline bool packet_is_v4(const struct packet *packet)
{
    return packet->from.address.af == AF_INET;
}

/* Of the last header in the chain. */
uint8_t segment_protocol(const struct packet *packet);
void segment_build(const struct packet *packet, struct part *part);
