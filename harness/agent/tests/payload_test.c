// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/payload.h"
#include "common/cleanup.h"

#define PORT 40000
#define SIZE 10000

static uint64_t seed_of_client(void)
{
    return payload_seed(PORT, PAYLOAD_FROM_CLIENT);
}

/* Any piece of it is the same, wherever it begins and ends. */
static void pieces_are_the_whole(void **state)
{
    uint8_t whole[512], piece[512];

    (void)state;
    payload_fill(seed_of_client(), 0, whole, sizeof(whole));
    for (size_t from = 0; from < 40; from++) {
        for (size_t to = from; to < sizeof(whole); to += 7) {
            memset(piece, 0, sizeof(piece));
            payload_fill(seed_of_client(), from, piece, to - from);
            assert_memory_equal(piece, whole + from, to - from);
            assert_int_equal(piece[to - from], 0);
        }
    }
}

static void no_byte_is_a_tlvs_first(void **state)
{
    static uint8_t bytes[1 << 20];

    (void)state;
    for (uint32_t port = 1; port < 65536; port += 3277) {
        payload_fill(payload_seed((uint16_t)port, PAYLOAD_FROM_CLIENT), 0, bytes, sizeof(bytes));
        assert_null(memchr(bytes, 0x01, sizeof(bytes)));
    }
}

static void ports_and_directions_differ(void **state)
{
    uint8_t a[64], b[64], c[64];

    (void)state;
    payload_fill(seed_of_client(), 0, a, sizeof(a));
    payload_fill(payload_seed(PORT, PAYLOAD_FROM_LISTENER), 0, b, sizeof(b));
    payload_fill(payload_seed(PORT + 1, PAYLOAD_FROM_CLIENT), 0, c, sizeof(c));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, c, sizeof(a));
}

/* Both ends may be of different builds: the bytes are part of the protocol. */
static void the_first_bytes_stay_what_they_are(void **state)
{
    static const uint8_t expected[8] = {0x02, 0x66, 0x83, 0xfe, 0x56, 0xbe, 0xcf, 0x93};
    uint8_t bytes[8];

    (void)state;
    payload_fill(seed_of_client(), 0, bytes, sizeof(bytes));
    assert_memory_equal(bytes, expected, sizeof(bytes));
}

static int64_t wrong_at(const uint8_t *bytes, size_t length, size_t piece)
{
    struct payload_check check;

    payload_check_init(&check, seed_of_client());
    for (size_t at = 0; at < length; at += piece)
        payload_check_feed(&check, bytes + at, length - at < piece ? length - at : piece);
    assert_int_equal(check.bytes, length);
    return check.wrong_at;
}

static void the_first_wrong_byte_is_named(void **state)
{
    static const size_t places[] = {0, 1, 7, 8, 4095, 4096, 4097, SIZE - 1};
    static const size_t pieces[] = {1, 3, 4096, SIZE};
    uint8_t bytes[SIZE];

    (void)state;
    payload_fill(seed_of_client(), 0, bytes, sizeof(bytes));
    for (size_t p = 0; p < ARRAY_SIZE(pieces); p++) {
        assert_int_equal(wrong_at(bytes, sizeof(bytes), pieces[p]), -1);
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
            bytes[places[i]] ^= 0x80;
            assert_int_equal(wrong_at(bytes, sizeof(bytes), pieces[p]), places[i]);
            bytes[places[i]] ^= 0x80;
        }
    }
}

static void a_lost_byte_is_found(void **state)
{
    uint8_t bytes[SIZE];

    (void)state;
    payload_fill(seed_of_client(), 0, bytes, 100);
    payload_fill(seed_of_client(), 101, bytes + 100, SIZE - 100);
    assert_in_range(wrong_at(bytes, sizeof(bytes), SIZE), 100, 110);
}

static void digests_do_not_depend_on_pieces(void **state)
{
    char text[DIGEST_TEXT_MAX], other[DIGEST_TEXT_MAX];
    struct digest digest;
    uint8_t bytes[1000];

    (void)state;
    payload_fill(seed_of_client(), 0, bytes, sizeof(bytes));
    assert_int_equal(digest_init(&digest), 0);
    assert_string_equal(digest_text(&digest, text), "xxh3:2d06800538d394c2"); /* of nothing */
    digest_feed(&digest, bytes, sizeof(bytes));
    digest_text(&digest, text);
    digest_free(&digest);
    assert_int_equal(digest_init(&digest), 0);
    for (size_t i = 0; i < sizeof(bytes); i++)
        digest_feed(&digest, bytes + i, 1);
    assert_string_equal(digest_text(&digest, other), text);
    assert_int_equal(digest.bytes, sizeof(bytes));
    digest_free(&digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(no_byte_is_a_tlvs_first),
        cmocka_unit_test(ports_and_directions_differ),
        cmocka_unit_test(the_first_bytes_stay_what_they_are),
        cmocka_unit_test(the_first_wrong_byte_is_named),
        cmocka_unit_test(a_lost_byte_is_found),
        cmocka_unit_test(digests_do_not_depend_on_pieces),
    };

    return cmocka_run_group_tests_name("agent-payload", tests, NULL, NULL);
}
