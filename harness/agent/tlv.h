/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict reader of the TLV that leads a waypoint flow (docs/contract.md §4), fed with whatever
 * arrives in whatever pieces. It never reads past what it was given and keeps no pointer to it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"

enum tlv_status {
    TLV_PENDING,      /* not enough bytes to say */
    TLV_NONE,         /* the stream does not begin with a TLV */
    TLV_OK,           /* one TLV, complete */
    TLV_TRUNCATED,    /* the stream ended inside it */
    TLV_WRONG_LENGTH, /* type 01 with a length that is neither 6 nor 18 */
    TLV_WRONG_END,    /* the end block is not fe 00 00 00 00 */
    TLV_DOUBLED,      /* a second TLV directly behind the first */
    TLV_MISPLACED,    /* a TLV later in the stream, where payload should be */
};

const char *tlv_status_name(enum tlv_status status);

#define TLV_SIZE_V4 16
#define TLV_SIZE_V6 28

struct tlv_reader {
    enum tlv_status status;
    uint8_t bytes[TLV_SIZE_V6]; /* what was read of it */
    size_t used;
    struct address_port destination; /* valid with TLV_OK and TLV_DOUBLED */
};

void tlv_reader_init(struct tlv_reader *reader);
/* Takes bytes until the TLV is complete or known not to be one; returns how many of them belong to
 * it. With TLV_NONE they are payload: reader->bytes[0..used) and what was not taken. */
size_t tlv_reader_feed(struct tlv_reader *reader, const uint8_t *bytes, size_t length);
/* The stream has ended. */
void tlv_reader_end(struct tlv_reader *reader);
