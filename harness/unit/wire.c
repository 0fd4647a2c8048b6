// SPDX-License-Identifier: Apache-2.0
#include "unit/wire.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

/* Longer forms than needed are allowed: the macros of test objects always take two bytes for the
 * length of a result. */
static int wire_varint(struct wire *w, uint64_t *out)
{
    uint64_t value = 0;

    for (unsigned int shift = 0; shift < 64 && w->at < w->end; shift += 7) {
        uint8_t byte = *w->at++;

        if (shift == 63 && byte > 1)
            return -EBADMSG;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *out = value;
            return 0;
        }
    }
    return -EBADMSG;
}

static int wire_fixed64(struct wire *w, uint64_t *out)
{
    if (wire_left(w) < sizeof(*out))
        return -EBADMSG;
    memcpy(out, w->at, sizeof(*out));
    *out = le64toh(*out);
    w->at += sizeof(*out);
    return 0;
}

static int wire_bytes(struct wire *w, struct wire *out)
{
    uint64_t length;

    if (wire_varint(w, &length) < 0 || length > wire_left(w))
        return -EBADMSG;
    *out = (struct wire){w->at, w->at + length};
    w->at += length;
    return 0;
}

static int wire_field(struct wire *w, struct wire_field *out)
{
    uint64_t tag;

    if (wire_varint(w, &tag) < 0 || tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
        return -EBADMSG;
    *out = (struct wire_field){.number = tag >> 3, .type = (enum wire_type)(tag & 7)};
    switch (tag & 7) {
    case WIRE_VARINT:
        return wire_varint(w, &out->value);
    case WIRE_FIXED64:
        return wire_fixed64(w, &out->value);
    case WIRE_BYTES:
        return wire_bytes(w, &out->bytes);
    default:
        return -EBADMSG;
    }
}

int wire_next(struct wire *w, struct wire_field *out)
{
    const uint8_t *start = w->at;

    if (w->at >= w->end)
        return 0;
    if (wire_field(w, out) == 0)
        return 1;
    w->at = start;
    return -EBADMSG;
}
