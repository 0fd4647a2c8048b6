/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The little of protobuf's wire format that test results need: fields that are varints, eight bytes
 * or bytes with a length. What is read is hostile: nothing is read beyond `end`.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct wire {
    const uint8_t *at, *end;
};

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
};

struct wire_field {
    uint64_t number; /* from 1 */
    enum wire_type type;
    uint64_t value;    /* of a varint or eight bytes */
    struct wire bytes; /* of bytes */
};

/* The next field: 1; 0 at the end; -EBADMSG for what is no field, with *w where it begins. */
int wire_next(struct wire *w, struct wire_field *out);
static inline size_t wire_left(const struct wire *w)
{
    return (size_t)(w->end - w->at);
}
