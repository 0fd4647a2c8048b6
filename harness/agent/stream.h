/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a listener reads from one connection: the TLV if one leads it, then payload. It is fed with
 * whatever arrives in whatever pieces and holds a bounded head of it.
 *
 *   status "none", "wrong-length", "wrong-end"   all bytes are payload
 *   "truncated"                                  no byte is
 *   "ok", "doubled"                              what follows the (second) TLV is
 *   "misplaced"                                  as without it: the misplaced TLV counts as payload
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/payload.h"
#include "agent/tlv.h"

#define STREAM_HEAD_MAX 64

enum stream_part { STREAM_TLV, STREAM_BEHIND, STREAM_PAYLOAD };

typedef void (*stream_payload_fn)(void *data, const uint8_t *bytes, size_t length);

struct stream {
    uint8_t head[STREAM_HEAD_MAX]; /* the first raw bytes */
    size_t head_used;
    uint64_t raw_bytes;
    enum stream_part part;
    struct tlv_reader tlv;    /* the leading one */
    struct tlv_reader behind; /* what stands directly behind it */
    struct tlv_reader wrong;  /* what stands at the first wrong byte */
    struct payload_check check;
    struct digest digest;
    stream_payload_fn on_payload; /* or NULL */
    void *data;
};

/* Of a connection from that client port (host byte order). -ENOMEM, which it says. */
int stream_init(struct stream *stream, uint16_t client_port);
void stream_free(struct stream *stream);
void stream_feed(struct stream *stream, const uint8_t *bytes, size_t length);
/* For datagrams: there is no TLV, all is payload. */
void stream_feed_payload(struct stream *stream, const uint8_t *bytes, size_t length);
/* The stream has ended. */
void stream_end(struct stream *stream);
enum tlv_status stream_status(const struct stream *stream);
/* Adds "head", "raw_bytes", "tlv" and "payload" to `object`. */
int stream_describe(const struct stream *stream, json_t *object);
