// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/stream.h"
#include "common/cleanup.h"

#define PORT 40000
#define SIZE 20000

static const uint8_t tlv[TLV_SIZE_V4] = {0x01, 0,    0,    0,    6, 10, 96, 0,
                                         1,    0x1f, 0x90, 0xfe, 0, 0,  0,  0};

/* A stream under construction. */
struct bytes {
    uint8_t data[SIZE];
    size_t used;
    uint64_t payload; /* how far the generator is */
};

static void add(struct bytes *b, const void *bytes, size_t length)
{
    assert_true(b->used + length <= sizeof(b->data));
    memcpy(b->data + b->used, bytes, length);
    b->used += length;
}

static void add_tlv(struct bytes *b)
{
    add(b, tlv, sizeof(tlv));
}

static void add_payload(struct bytes *b, size_t length)
{
    uint8_t bytes[SIZE];

    payload_fill(payload_seed(PORT, PAYLOAD_FROM_CLIENT), b->payload, bytes, length);
    add(b, bytes, length);
    b->payload += length;
}

static void collect(void *data, const uint8_t *bytes, size_t length)
{
    add(data, bytes, length);
}

struct expected {
    enum tlv_status status;
    const char *destination; /* NULL: none */
    uint64_t bytes;
    int64_t wrong_at; /* -1: none */
};

static void check(const struct stream *stream, const struct bytes *b, const struct expected *e)
{
    _cleanup_json_ json_t *object = json_object();
    const char *status, *destination = NULL, *head;
    json_int_t raw, bytes, wrong_at = -1;

    assert_int_equal(stream_describe(stream, object), 0);
    assert_int_equal(json_unpack(object, "{s:s, s:I, s:{s:s}, s:{s:I}}", "head", &head, "raw_bytes",
                                 &raw, "tlv", "status", &status, "payload", "bytes", &bytes),
                     0);
    json_unpack(object, "{s:{s:s}}", "tlv", "destination", &destination);
    json_unpack(object, "{s:{s:I}}", "payload", "wrong_at", &wrong_at);
    assert_string_equal(status, tlv_status_name(e->status));
    assert_int_equal(raw, b->used);
    assert_int_equal(strlen(head), 2 * (b->used < STREAM_HEAD_MAX ? b->used : STREAM_HEAD_MAX));
    assert_int_equal(bytes, e->bytes);
    assert_int_equal(wrong_at, e->wrong_at);
    if (e->destination)
        assert_string_equal(destination, e->destination);
    else
        assert_null(destination);
}

/* The answer is the same in whatever pieces the stream arrives. */
static void expect(const struct bytes *b, struct expected e)
{
    static const size_t pieces[] = {1, 2, 5, 15, 17, 31, 4096, SIZE};
    static struct bytes payload;

    for (size_t p = 0; p < ARRAY_SIZE(pieces); p++) {
        struct stream stream;

        assert_int_equal(stream_init(&stream, PORT), 0);
        payload.used = 0;
        stream.on_payload = collect;
        stream.data = &payload;
        for (size_t at = 0; at < b->used; at += pieces[p])
            stream_feed(&stream, b->data + at, b->used - at < pieces[p] ? b->used - at : pieces[p]);
        stream_end(&stream);
        check(&stream, b, &e);
        /* The payload is the end of what arrived, and nothing else. */
        assert_int_equal(payload.used, e.bytes);
        assert_memory_equal(payload.data, b->data + b->used - e.bytes, e.bytes);
        stream_free(&stream);
    }
}

static const char there[] = "10.96.0.1:8080";

static void one_tlv_and_payload(void **state)
{
    struct bytes b = {};

    (void)state;
    add_tlv(&b);
    expect(&b, (struct expected){TLV_OK, there, 0, -1});
    add_payload(&b, 9000);
    expect(&b, (struct expected){TLV_OK, there, 9000, -1});
}

static void no_tlv(void **state)
{
    struct bytes b = {};

    (void)state;
    expect(&b, (struct expected){TLV_NONE, NULL, 0, -1});
    add_payload(&b, 1);
    expect(&b, (struct expected){TLV_NONE, NULL, 1, -1});
    add_payload(&b, 9000);
    expect(&b, (struct expected){TLV_NONE, NULL, 9001, -1});
}

static void two_tlvs(void **state)
{
    struct bytes b = {};

    (void)state;
    add_tlv(&b);
    add_tlv(&b);
    expect(&b, (struct expected){TLV_DOUBLED, there, 0, -1});
    add_payload(&b, 100);
    expect(&b, (struct expected){TLV_DOUBLED, there, 100, -1});
}

static void a_tlv_inside_the_payload(void **state)
{
    static const size_t places[] = {1, 7, 64, 4095, 4096, 4097, 9000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct bytes b = {}, led = {};

        add_payload(&b, places[i]);
        add_tlv(&b);
        add_payload(&b, 100);
        expect(&b, (struct expected){TLV_MISPLACED, there, places[i] + 116, (int64_t)places[i]});

        add_tlv(&led);
        add_payload(&led, places[i]);
        add_tlv(&led);
        expect(&led, (struct expected){TLV_MISPLACED, there, places[i] + 16, (int64_t)places[i]});
    }
}

/* Bytes that only look like the beginning of one are wrong payload. */
static void half_a_tlv_inside_the_payload(void **state)
{
    struct bytes b = {};

    (void)state;
    add_tlv(&b);
    add_payload(&b, 50);
    add(&b, tlv, 15);
    expect(&b, (struct expected){TLV_OK, there, 65, 50});
}

static void half_a_tlv_behind_the_first(void **state)
{
    struct bytes b = {};

    (void)state;
    add_tlv(&b);
    add(&b, tlv, 15);
    expect(&b, (struct expected){TLV_OK, there, 15, 0});
    add(&b, "x", 1); /* it is complete, and wrong */
    add_payload(&b, 100);
    expect(&b, (struct expected){TLV_OK, there, 116, 0});
}

static void every_truncation(void **state)
{
    (void)state;
    for (size_t length = 1; length < sizeof(tlv); length++) {
        struct bytes b = {};

        add(&b, tlv, length);
        expect(&b, (struct expected){TLV_TRUNCATED, NULL, 0, -1});
    }
}

static void wrong_ones_are_payload(void **state)
{
    struct bytes length = {}, end = {};

    (void)state;
    add_tlv(&length);
    length.data[4] = 7;
    add_payload(&length, 100);
    expect(&length, (struct expected){TLV_WRONG_LENGTH, NULL, 116, 0});
    add_tlv(&end);
    end.data[15] = 1;
    add_payload(&end, 100);
    expect(&end, (struct expected){TLV_WRONG_END, NULL, 116, 0});
}

static void foreign_payload(void **state)
{
    struct bytes b = {};

    (void)state;
    add_tlv(&b);
    add(&b, "GET / HTTP/1.1\r\n\r\n", 18);
    expect(&b, (struct expected){TLV_OK, there, 18, 0});
}

static void an_unfinished_one_is_pending(void **state)
{
    struct stream stream;

    (void)state;
    assert_int_equal(stream_init(&stream, PORT), 0);
    stream_feed(&stream, tlv, 10);
    assert_int_equal(stream_status(&stream), TLV_PENDING);
    stream_free(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_tlv_and_payload),
        cmocka_unit_test(no_tlv),
        cmocka_unit_test(two_tlvs),
        cmocka_unit_test(a_tlv_inside_the_payload),
        cmocka_unit_test(half_a_tlv_inside_the_payload),
        cmocka_unit_test(half_a_tlv_behind_the_first),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(wrong_ones_are_payload),
        cmocka_unit_test(foreign_payload),
        cmocka_unit_test(an_unfinished_one_is_pending),
    };

    return cmocka_run_group_tests_name("agent-stream", tests, NULL, NULL);
}
