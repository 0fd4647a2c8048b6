// SPDX-License-Identifier: Apache-2.0
#include "packet/part.h"

#include <string.h>

void part_add(struct part *part, const void *bytes, size_t size)
{
    if (size > sizeof(part->bytes) - part->size) {
        part->full = true;
        return;
    }
    memcpy(part->bytes + part->size, bytes, size);
    part->size += size;
}

void part_add_part(struct part *part, const struct part *other)
{
    part_add(part, other->bytes, other->size);
    part->full = part->full || other->full;
}

void part_add_byte(struct part *part, uint8_t byte, size_t times)
{
    for (size_t i = 0; i < times; i++)
        part_add(part, &byte, 1);
}

void part_add_16(struct part *part, uint16_t number)
{
    part_add(part, (uint8_t[]){(uint8_t)(number >> 8), (uint8_t)number}, 2);
}

void part_add_32(struct part *part, uint32_t number)
{
    part_add_16(part, (uint16_t)(number >> 16));
    part_add_16(part, (uint16_t)number);
}

void part_put_16(struct part *part, size_t at, uint16_t number)
{
    part->bytes[at] = (uint8_t)(number >> 8);
    part->bytes[at + 1] = (uint8_t)number;
}
