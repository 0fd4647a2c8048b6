// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever a client sends: the first byte of the input chooses how the rest is cut into pieces. The
 * pieces must not change what is read, every byte must be counted once, and none kept beyond the
 * bounded head.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/stream.h"
#include "common/cleanup.h"

#define FUZZ_PORT 40000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_payload {
    const uint8_t *expected; /* the end of the input */
    size_t used;
};

/* What is handed on is the payload in order, byte for byte. */
static void fuzz_collect(void *data, const uint8_t *bytes, size_t length)
{
    struct fuzz_payload *payload = data;

    if (payload->expected && memcmp(payload->expected + payload->used, bytes, length) != 0)
        abort();
    payload->used += length;
}

static void fuzz_read(struct stream *stream, struct fuzz_payload *payload, const uint8_t *data,
                      size_t size, size_t piece)
{
    if (stream_init(stream, FUZZ_PORT) < 0)
        abort();
    stream->on_payload = fuzz_collect;
    stream->data = payload;
    for (size_t at = 0; at < size; at += piece)
        stream_feed(stream, data + at, size - at < piece ? size - at : piece);
    stream_end(stream);
}

static size_t fuzz_tlv_bytes(const struct stream *stream)
{
    size_t bytes = 0;

    if (stream->tlv.status == TLV_OK || stream->tlv.status == TLV_TRUNCATED)
        bytes += stream->tlv.used;
    if (stream->behind.status == TLV_OK)
        bytes += stream->behind.used;
    return bytes;
}

static void fuzz_describe(const struct stream *stream)
{
    _cleanup_json_ json_t *object = json_object();

    if (stream_describe(stream, object) < 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_payload counted = {}, compared = {};
    struct stream whole, cut;

    if (size < 1)
        return 0;
    fuzz_read(&whole, &counted, data + 1, size - 1, size);
    if (fuzz_tlv_bytes(&whole) + counted.used != size - 1)
        abort();
    compared.expected = data + size - counted.used;
    fuzz_read(&cut, &compared, data + 1, size - 1, (size_t)data[0] % 64 + 1);
    if (stream_status(&whole) != stream_status(&cut) || counted.used != compared.used ||
        whole.check.wrong_at != cut.check.wrong_at || whole.raw_bytes != size - 1 ||
        memcmp(whole.head, cut.head, sizeof(whole.head)) != 0)
        abort();
    if (stream_status(&whole) == TLV_PENDING)
        abort();
    fuzz_describe(&whole);
    stream_free(&whole);
    stream_free(&cut);
    return 0;
}
