// SPDX-License-Identifier: Apache-2.0
#include "packet/checksum.h"

uint32_t checksum_add(uint32_t sum, const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;

    for (size_t i = 0; i < size; i++)
        sum += i % 2 ? byte[i] : (uint32_t)byte[i] << 8;
    return sum;
}

uint32_t checksum_pseudo_header(const struct address *from, const struct address *to,
                                uint8_t protocol, size_t length)
{
    size_t size = from->af == AF_INET ? 4 : 16;
    uint32_t sum = checksum_add(0, from->bytes, size);

    return checksum_add(sum, to->bytes, size) + protocol + (uint32_t)length;
}

uint16_t checksum_finish(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}
