/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of a packet while it is put together. Numbers are in host byte order, and stand in the
 * packet in network byte order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

/* Where something finds no room, `full` is set and nothing is added: only the end of it all has to
 * look. */
struct part {
    uint8_t bytes[PACKET_MAX];
    size_t size;
    bool full;
};

void part_add(struct part *part, const void *bytes, size_t size);
/* All of the other; full when that was. */
void part_add_part(struct part *part, const struct part *other);
void part_add_byte(struct part *part, uint8_t byte, size_t times);
void part_add_16(struct part *part, uint16_t number);
void part_add_32(struct part *part, uint32_t number);
/* Over what stands there. */
void part_put_16(struct part *part, size_t at, uint16_t number);
