/* SPDX-License-Identifier: Apache-2.0 */
/* Records as programs write them. */
#pragma once

#include <string.h>

#include "maps/layout.h"

static inline struct km_auth_record an_auth_record(void)
{
    struct km_auth_record record = {.family = 0};
    const uint8_t addresses[] = {10, 0, 0, 1, 10, 0, 0, 2};
    const uint16_t ports[] = {40000, 80};

    memset(record.tuple.bytes, 0xee, sizeof(record.tuple.bytes));
    memcpy(record.tuple.bytes, addresses, sizeof(addresses));
    memcpy(record.tuple.bytes + 8, ports, sizeof(ports));
    return record;
}
