// SPDX-License-Identifier: Apache-2.0
#include "agent/stream.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"

int stream_init(struct stream *stream, uint16_t client_port)
{
    memset(stream, 0, sizeof(*stream));
    tlv_reader_init(&stream->tlv);
    tlv_reader_init(&stream->behind);
    tlv_reader_init(&stream->wrong);
    payload_check_init(&stream->check, payload_seed(client_port, PAYLOAD_FROM_CLIENT));
    return digest_init(&stream->digest);
}

void stream_free(struct stream *stream)
{
    digest_free(&stream->digest);
}

static void stream_keep_head(struct stream *stream, const uint8_t *bytes, size_t length)
{
    size_t room = STREAM_HEAD_MAX - stream->head_used;
    size_t kept = length < room ? length : room;

    memcpy(stream->head + stream->head_used, bytes, kept);
    stream->head_used += kept;
    stream->raw_bytes += length;
}

static void stream_payload(struct stream *stream, const uint8_t *bytes, size_t length)
{
    uint64_t before = stream->check.bytes;

    digest_feed(&stream->digest, bytes, length);
    payload_check_feed(&stream->check, bytes, length);
    if (stream->check.wrong_at >= 0) {
        uint64_t wrong_at = (uint64_t)stream->check.wrong_at;
        size_t skip = wrong_at > before ? (size_t)(wrong_at - before) : 0;

        tlv_reader_feed(&stream->wrong, bytes + skip, length - skip);
    }
    if (stream->on_payload && length)
        stream->on_payload(stream->data, bytes, length);
}

/* Returns how many bytes were the leading TLV's. */
static size_t stream_feed_tlv(struct stream *stream, const uint8_t *bytes, size_t length)
{
    size_t taken = tlv_reader_feed(&stream->tlv, bytes, length);

    if (stream->tlv.status == TLV_PENDING)
        return taken;
    if (stream->tlv.status == TLV_OK) {
        stream->part = STREAM_BEHIND;
        return taken;
    }
    stream->part = STREAM_PAYLOAD;
    stream_payload(stream, stream->tlv.bytes, stream->tlv.used);
    return taken;
}

/* The same for a second TLV; what turns out to be none was payload. */
static size_t stream_feed_behind(struct stream *stream, const uint8_t *bytes, size_t length)
{
    size_t taken = tlv_reader_feed(&stream->behind, bytes, length);

    if (stream->behind.status == TLV_PENDING)
        return taken;
    stream->part = STREAM_PAYLOAD;
    if (stream->behind.status != TLV_OK)
        stream_payload(stream, stream->behind.bytes, stream->behind.used);
    return taken;
}

void stream_feed(struct stream *stream, const uint8_t *bytes, size_t length)
{
    size_t taken = 0;

    stream_keep_head(stream, bytes, length);
    if (stream->part == STREAM_TLV)
        taken += stream_feed_tlv(stream, bytes, length);
    if (stream->part == STREAM_BEHIND)
        taken += stream_feed_behind(stream, bytes + taken, length - taken);
    if (taken < length)
        stream_payload(stream, bytes + taken, length - taken);
}

void stream_feed_payload(struct stream *stream, const uint8_t *bytes, size_t length)
{
    stream->tlv.status = TLV_NONE;
    stream->part = STREAM_PAYLOAD;
    stream_keep_head(stream, bytes, length);
    stream_payload(stream, bytes, length);
}

void stream_end(struct stream *stream)
{
    tlv_reader_end(&stream->tlv);
    if (stream->part == STREAM_BEHIND)
        stream_payload(stream, stream->behind.bytes, stream->behind.used);
    stream->part = STREAM_PAYLOAD;
}

enum tlv_status stream_status(const struct stream *stream)
{
    if (stream->behind.status == TLV_OK)
        return TLV_DOUBLED;
    if (stream->wrong.status == TLV_OK)
        return TLV_MISPLACED;
    return stream->tlv.status;
}

static json_t *stream_head_json(const struct stream *stream)
{
    static const char digits[] = "0123456789abcdef";
    char text[STREAM_HEAD_MAX * 2];

    for (size_t i = 0; i < stream->head_used; i++) {
        text[2 * i] = digits[stream->head[i] >> 4];
        text[2 * i + 1] = digits[stream->head[i] & 0xf];
    }
    return json_stringn(text, stream->head_used * 2);
}

/* The leading TLV; where there is none but a misplaced one, that. */
static json_t *stream_tlv_json(const struct stream *stream)
{
    const struct tlv_reader *reader = &stream->tlv;
    bool whole;

    if (reader->status != TLV_OK && stream->wrong.status == TLV_OK)
        reader = &stream->wrong;
    whole = reader->status == TLV_OK;
    return json_pack("{s:s, s:o, s:o}", "status", tlv_status_name(stream_status(stream)),
                     "destination", whole ? json_address_port(&reader->destination) : json_null(),
                     "size", whole ? json_integer((json_int_t)reader->used) : json_null());
}

static json_t *stream_payload_json(const struct stream *stream)
{
    int64_t wrong_at = stream->check.wrong_at;
    char text[DIGEST_TEXT_MAX];

    return json_pack("{s:I, s:s, s:o}", "bytes", (json_int_t)stream->digest.bytes, "digest",
                     digest_text(&stream->digest, text), "wrong_at",
                     wrong_at < 0 ? json_null() : json_integer(wrong_at));
}

int stream_describe(const struct stream *stream, json_t *object)
{
    int r = json_object_set_new(object, "head", stream_head_json(stream));

    r |= json_object_set_new(object, "raw_bytes", json_integer((json_int_t)stream->raw_bytes));
    r |= json_object_set_new(object, "tlv", stream_tlv_json(stream));
    r |= json_object_set_new(object, "payload", stream_payload_json(stream));
    return r ? -ENOMEM : 0;
}
