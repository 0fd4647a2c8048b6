// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/tlv.h"
#include "common/cleanup.h"

static const uint8_t tlv_v4[TLV_SIZE_V4] = {0x01, 0,    0,    0,    6, 10, 96, 0,
                                            1,    0x1f, 0x90, 0xfe, 0, 0,  0,  0};
static const uint8_t tlv_v6[TLV_SIZE_V6] = {0x01, 0, 0, 0, 18, 0xfd, 0, 0, 0x96, 0,    0, 0, 0, 0,
                                            0,    0, 0, 0, 0,  0,    1, 0, 80,   0xfe, 0, 0, 0, 0};

static struct tlv_reader read_all(const uint8_t *bytes, size_t length)
{
    struct tlv_reader reader;

    tlv_reader_init(&reader);
    tlv_reader_feed(&reader, bytes, length);
    return reader;
}

static void ipv4_is_decoded(void **state)
{
    struct tlv_reader reader = read_all(tlv_v4, sizeof(tlv_v4));
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    assert_int_equal(reader.status, TLV_OK);
    assert_int_equal(reader.used, TLV_SIZE_V4);
    assert_string_equal(address_port_text(&reader.destination, text), "10.96.0.1:8080");
}

static void ipv6_is_decoded(void **state)
{
    struct tlv_reader reader = read_all(tlv_v6, sizeof(tlv_v6));
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    assert_int_equal(reader.status, TLV_OK);
    assert_int_equal(reader.used, TLV_SIZE_V6);
    assert_string_equal(address_port_text(&reader.destination, text), "[fd00:96::1]:80");
}

/* Every byte but the last leaves it open; then it is done, and takes nothing more. */
static void it_is_read_byte_by_byte(void **state)
{
    struct tlv_reader reader;

    (void)state;
    tlv_reader_init(&reader);
    for (size_t i = 0; i < sizeof(tlv_v6); i++) {
        assert_int_equal(reader.status, TLV_PENDING);
        assert_int_equal(tlv_reader_feed(&reader, tlv_v6 + i, 1), 1);
    }
    assert_int_equal(reader.status, TLV_OK);
    assert_int_equal(tlv_reader_feed(&reader, tlv_v6, sizeof(tlv_v6)), 0);
}

static void it_takes_no_byte_behind_its_end(void **state)
{
    uint8_t bytes[TLV_SIZE_V4 + 3] = {};
    struct tlv_reader reader;

    (void)state;
    memcpy(bytes, tlv_v4, sizeof(tlv_v4));
    tlv_reader_init(&reader);
    assert_int_equal(tlv_reader_feed(&reader, bytes, sizeof(bytes)), TLV_SIZE_V4);
}

static void every_shorter_one_is_truncated(void **state)
{
    (void)state;
    for (size_t length = 1; length < sizeof(tlv_v6); length++) {
        struct tlv_reader reader = read_all(tlv_v6, length);

        assert_int_equal(reader.status, TLV_PENDING);
        tlv_reader_end(&reader);
        assert_int_equal(reader.status, TLV_TRUNCATED);
    }
}

static void an_empty_stream_has_none(void **state)
{
    struct tlv_reader reader = read_all(NULL, 0);

    (void)state;
    tlv_reader_end(&reader);
    assert_int_equal(reader.status, TLV_NONE);
}

/* The status is known at the wrong byte, not later. */
static void expect_wrong_byte(const uint8_t *tlv, size_t size, size_t at, uint8_t byte,
                              enum tlv_status status)
{
    uint8_t bytes[TLV_SIZE_V6];
    struct tlv_reader reader;

    memcpy(bytes, tlv, size);
    bytes[at] = byte;
    tlv_reader_init(&reader);
    assert_int_equal(tlv_reader_feed(&reader, bytes, size), at + 1);
    assert_int_equal(reader.status, status);
    assert_memory_equal(reader.bytes, bytes, at + 1);
    tlv_reader_end(&reader);
    assert_int_equal(reader.status, status);
}

static void another_type_is_none(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        if (byte != 1)
            expect_wrong_byte(tlv_v4, sizeof(tlv_v4), 0, (uint8_t)byte, TLV_NONE);
    }
}

static void another_length_is_wrong(void **state)
{
    (void)state;
    for (size_t at = 1; at < 4; at++)
        expect_wrong_byte(tlv_v4, sizeof(tlv_v4), at, 1, TLV_WRONG_LENGTH);
    for (int byte = 0; byte < 256; byte++) {
        if (byte != 6 && byte != 18)
            expect_wrong_byte(tlv_v4, sizeof(tlv_v4), 4, (uint8_t)byte, TLV_WRONG_LENGTH);
    }
}

static void another_end_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        for (int byte = 0; byte < 256; byte++) {
            if (byte == (i == 0 ? 0xfe : 0))
                continue;
            expect_wrong_byte(tlv_v4, sizeof(tlv_v4), 11 + i, (uint8_t)byte, TLV_WRONG_END);
            expect_wrong_byte(tlv_v6, sizeof(tlv_v6), 23 + i, (uint8_t)byte, TLV_WRONG_END);
        }
    }
}

static void address_and_port_may_be_anything(void **state)
{
    (void)state;
    for (size_t at = 5; at < 23; at++) {
        uint8_t bytes[TLV_SIZE_V6];

        memcpy(bytes, tlv_v6, sizeof(bytes));
        bytes[at] = 0xfe;
        assert_int_equal(read_all(bytes, sizeof(bytes)).status, TLV_OK);
    }
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int status = TLV_PENDING; status <= TLV_MISPLACED; status++)
        assert_non_null(tlv_status_name((enum tlv_status)status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ipv4_is_decoded),
        cmocka_unit_test(ipv6_is_decoded),
        cmocka_unit_test(it_is_read_byte_by_byte),
        cmocka_unit_test(it_takes_no_byte_behind_its_end),
        cmocka_unit_test(every_shorter_one_is_truncated),
        cmocka_unit_test(an_empty_stream_has_none),
        cmocka_unit_test(another_type_is_none),
        cmocka_unit_test(another_length_is_wrong),
        cmocka_unit_test(another_end_is_wrong),
        cmocka_unit_test(address_and_port_may_be_anything),
        cmocka_unit_test(every_status_has_a_name),
    };

    return cmocka_run_group_tests_name("agent-tlv", tests, NULL, NULL);
}
