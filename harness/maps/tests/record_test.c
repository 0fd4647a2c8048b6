// SPDX-License-Identifier: Apache-2.0
/* Records of ring buffers as JSON, hostile ones too: by the tables alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "maps/layout.h"
#include "maps/record.h"
#include "maps/tests/records.h"

static void expect_json(const json_t *got, const char *expected)
{
    _cleanup_json_ json_t *wanted = json_loads(expected, 0, NULL);
    _cleanup_free_ char *text = json_dumps(got, JSON_SORT_KEYS);

    assert_non_null(wanted);
    if (!json_equal(got, wanted))
        fail_msg("expected %s, got %s", expected, text);
}

static void expect_record(const char *map, const void *bytes, size_t size, const char *expected)
{
    _cleanup_free_ uint8_t *exact = malloc(size ? size : 1);
    _cleanup_json_ json_t *got = NULL;

    assert_non_null(exact);
    memcpy(exact, bytes, size); /* so that a sanitizer sees what is read behind it */
    got = map_record_json(map_layout(map), PORT_ORDER_HOST, exact, size);
    expect_json(got, expected);
}

static void an_authorization_request_is_client_first(void **state)
{
    struct km_auth_record record = an_auth_record();
    const uint16_t ports[] = {1, 65535};

    (void)state;
    expect_record("km_auth_req", &record, sizeof(record),
                  "{\"family\":\"v4\",\"client\":\"10.0.0.1:40000\",\"server\":\"10.0.0.2:80\"}");
    memset(&record, 0, sizeof(record));
    record.family = 1;
    inet_pton(AF_INET6, "fd00::1", record.tuple.bytes);
    inet_pton(AF_INET6, "fd00::2", record.tuple.bytes + 16);
    memcpy(record.tuple.bytes + 32, ports, sizeof(ports));
    expect_record("km_auth_req", &record, sizeof(record),
                  "{\"family\":\"v6\",\"client\":\"[fd00::1]:1\",\"server\":\"[fd00::2]:65535\"}");
}

static struct km_tcp_record a_tcp_record(void)
{
    const uint8_t addresses[] = {10, 0, 0, 1, 10, 0, 0, 2}, destination[] = {10, 96, 0, 1};
    const uint16_t ports[] = {40000, 15008}, port = 80;
    struct km_tcp_record record = {.sent = 1,
                                   .received = 2,
                                   .success = 1,
                                   .direction = 2,
                                   .state = 7,
                                   .duration_ns = 3,
                                   .start_ns = 4,
                                   .report_ns = 5,
                                   .protocol = 6,
                                   .srtt_us = 7,
                                   .min_rtt_us = 8,
                                   .retransmits = 9,
                                   .lost = 10};

    /* What IPv4 does not use is not defined. */
    memset(record.tuple.bytes, 0xee, sizeof(record.tuple.bytes));
    memset(record.destination, 0xee, sizeof(record.destination));
    memcpy(record.tuple.bytes, addresses, sizeof(addresses));
    memcpy(record.tuple.bytes + 8, ports, sizeof(ports));
    memcpy(record.destination, destination, sizeof(destination));
    memcpy(record.destination + 4, &port, sizeof(port));
    return record;
}

static void a_report_has_the_contracts_fields(void **state)
{
    struct km_tcp_record record = a_tcp_record();

    (void)state;
    expect_record("km_tcp_probe", &record, sizeof(record),
                  "{\"family\":\"v4\",\"client\":\"10.0.0.1:40000\",\"server\":\"10.0.0.2:15008\","
                  "\"destination\":\"10.96.0.1:80\",\"direction\":\"outbound\",\"state\":\"close\","
                  "\"success\":1,\"sent\":1,\"received\":2,\"start_ns\":4,\"report_ns\":5,"
                  "\"duration_ns\":3,\"protocol\":6,\"srtt_us\":7,\"min_rtt_us\":8,"
                  "\"retransmits\":9,\"lost\":10}");
}

/* 40 and 128 bytes are the contract's; the offsets are its, not the compiler's. */
static void a_report_is_read_at_the_contracts_offsets(void **state)
{
    uint8_t bytes[128] = {0};
    uint32_t u32;
    uint64_t u64 = 0x1122334455667788;
    uint16_t port = 443;
    _cleanup_json_ json_t *got = NULL;

    (void)state;
    bytes[0] = 1;
    inet_pton(AF_INET6, "fd00:96::1", bytes + 40);
    memcpy(bytes + 56, &port, sizeof(port));
    for (u32 = 60; u32 < 80; u32 += 4)
        memcpy(bytes + u32, &u32, sizeof(u32));
    memcpy(bytes + 88, &u64, sizeof(u64));
    u32 = 120;
    memcpy(bytes + 120, &u32, sizeof(u32));
    got = map_record_json(map_layout("km_tcp_probe"), PORT_ORDER_HOST, bytes, sizeof(bytes));
    expect_json(got, "{\"family\":\"v6\",\"client\":null,\"server\":null,"
                     "\"destination\":\"[fd00:96::1]:443\",\"sent\":60,\"received\":64,"
                     "\"success\":68,\"direction\":72,\"state\":76,\"duration_ns\":0,"
                     "\"start_ns\":1234605616436508552,\"report_ns\":0,\"protocol\":0,"
                     "\"srtt_us\":0,\"min_rtt_us\":0,\"retransmits\":0,\"lost\":120}");
}

static void records_of_another_size_are_raw(void **state)
{
    const struct km_auth_record auth = an_auth_record();
    const struct km_tcp_record tcp = a_tcp_record();
    uint8_t long_one[512] = {0};
    _cleanup_json_ json_t *got = NULL;

    (void)state;
    expect_record("km_auth_req", &auth, 3, "{\"raw\":\"000000\"}");
    expect_record("km_auth_req", &auth, 0, "{\"raw\":\"\"}");
    for (size_t size = 0; size < sizeof(tcp); size++) {
        _cleanup_json_ json_t *cut =
            map_record_json(map_layout("km_tcp_probe"), PORT_ORDER_HOST, &tcp, size);

        assert_int_equal(json_object_size(cut), 1);
        assert_int_equal(json_string_length(json_object_get(cut, "raw")), 2 * size);
    }
    got = map_record_json(map_layout("km_tcp_probe"), PORT_ORDER_HOST, long_one, sizeof(long_one));
    assert_int_equal(json_string_length(json_object_get(got, "raw")), 2 * sizeof(long_one));
    expect_record("km_manage", "ab", 2, "{\"raw\":\"6162\"}");
    expect_record("km_unheard_of", "ab", 2, "{\"raw\":\"6162\"}");
}

static void a_family_that_there_is_not_is_raw(void **state)
{
    static const uint32_t families[] = {2, 10, 0x01000000, UINT32_MAX};
    struct km_auth_record record = an_auth_record();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        _cleanup_json_ json_t *got = NULL;

        record.family = families[i];
        got = map_record_json(map_layout("km_auth_req"), PORT_ORDER_HOST, &record, sizeof(record));
        assert_int_equal(json_string_length(json_object_get(got, "raw")), 2 * sizeof(record));
    }
}

static void numbers_without_a_word_stay_numbers(void **state)
{
    static const uint32_t numbers[] = {0, 2, 8, UINT32_MAX};
    struct km_tcp_record record = a_tcp_record();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        _cleanup_json_ json_t *got = NULL;

        record.state = numbers[i];
        got = map_record_json(map_layout("km_tcp_probe"), PORT_ORDER_HOST, &record, sizeof(record));
        assert_int_equal(json_integer_value(json_object_get(got, "state")), numbers[i]);
        assert_true(json_is_integer(json_object_get(got, "state")));
    }
}

static void texts_end_where_they_may(void **state)
{
    struct km_log_record record = {.length = 5, .text = "ERROR: no"};
    char longest[256] = "";
    _cleanup_json_ json_t *got = NULL;

    (void)state;
    expect_record("km_log_event", &record, sizeof(record), "{\"text\":\"ERROR\"}");
    expect_record("km_log_event", &record, 7, "{\"text\":\"ERR\"}");
    expect_record("km_log_event", &record, 5, "{\"text\":\"E\"}");
    expect_record("km_log_event", &record, 4, "{\"raw\":\"05000000\"}");
    record.length = UINT32_MAX;
    expect_record("km_log_event", &record, sizeof(record), "{\"text\":\"ERROR: no\"}");
    strcpy(record.text, "a\nb\033[0m\"\xff\n\n");
    expect_record("km_log_event", &record, sizeof(record), "{\"text\":\"a?b?[0m\\\"?\"}");
    memset(record.text, 'x', sizeof(record.text));
    memset(longest, 'x', sizeof(longest) - 1);
    got = map_record_json(map_layout("km_log_event"), PORT_ORDER_HOST, &record, sizeof(record));
    assert_string_equal(json_string_value(json_object_get(got, "text")), longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authorization_request_is_client_first),
        cmocka_unit_test(a_report_has_the_contracts_fields),
        cmocka_unit_test(a_report_is_read_at_the_contracts_offsets),
        cmocka_unit_test(records_of_another_size_are_raw),
        cmocka_unit_test(a_family_that_there_is_not_is_raw),
        cmocka_unit_test(numbers_without_a_word_stay_numbers),
        cmocka_unit_test(texts_end_where_they_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
