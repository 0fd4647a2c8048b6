// SPDX-License-Identifier: Apache-2.0
#include "bundle/tests/fixture.h"

#include <errno.h>

#include "field/capture.h"
#include "field/capture_bpftool.h"
#include "field/redact.h"
#include "maps/entries.h"
#include "maps/layout.h"

static const char *redacted(struct redact *r, const char *text)
{
    static char out[ADDRESS_TEXT_MAX];
    struct address from, to;

    assert_int_equal(address_parse(text, &from), 0);
    assert_int_equal(redact_address(r, &from, &to), 0);
    return address_text(&to, out);
}

static void one_to_one(void **unused)
{
    struct redact *r = NULL;

    (void)unused;
    assert_int_equal(redact_new(&r), 0);
    assert_string_equal(redacted(r, "10.1.2.3"), "198.18.0.1");
    assert_string_equal(redacted(r, "10.1.2.4"), "198.18.0.2");
    assert_string_equal(redacted(r, "10.1.2.3"), "198.18.0.1");
    assert_string_equal(redacted(r, "::ffff:10.1.2.4"), "::ffff:198.18.0.2");
    assert_string_equal(redacted(r, "fd00::1"), "2001:db8::1");
    assert_string_equal(redacted(r, "fd00::1"), "2001:db8::1");
    redact_free(&r);
}

static void what_means_something_stays(void **unused)
{
    static const char *const stays[] = {"127.0.0.1", "::1", "0.0.0.2", "::2"};
    struct redact *r = NULL;

    (void)unused;
    assert_int_equal(redact_new(&r), 0);
    for (size_t i = 0; i < ARRAY_SIZE(stays); i++)
        assert_string_equal(redacted(r, stays[i]), stays[i]);
    redact_free(&r);
}

/* No two of 100,000 become the same, and none stays IPv4-like in IPv6. */
static void many(void **unused)
{
    _cleanup_free_ uint8_t *seen = calloc(1, 1 << 17);
    struct redact *r = NULL;

    (void)unused;
    assert_int_equal(redact_new(&r), 0);
    for (uint32_t i = 0; i < 100000; i++) {
        struct address to,
            from = {.af = AF_INET,
                    .bytes = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
        uint32_t at;

        assert_int_equal(redact_address(r, &from, &to), 0);
        assert_int_equal(to.bytes[0], 198);
        assert_int_equal(to.bytes[1] & 0xfe, 18);
        at = (uint32_t)(to.bytes[1] & 1) << 16 | (uint32_t)to.bytes[2] << 8 | to.bytes[3];
        assert_int_equal(seen[at]++, 0);
    }
    redact_free(&r);
}

static void full(void **unused)
{
    struct redact *r = NULL;
    struct capture said;
    int code = 0;

    (void)unused;
    assert_int_equal(redact_new(&r), 0);
    capture_start(&said);
    for (uint32_t i = 0; code == 0 && i < 1 << 18; i++) {
        struct address to,
            from = {.af = AF_INET,
                    .bytes = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};

        code = redact_address(r, &from, &to);
    }
    capture_end(&said);
    assert_int_equal(code, -E2BIG);
    redact_free(&r);
}

static void a_map(void **unused)
{
    struct km_backend_value value = {.address = {10, 0, 0, 9},
                                     .n_services = 1,
                                     .services = {0x0a000009},
                                     .waypoint = {0xfd, [15] = 1},
                                     .waypoint_port = maps_port_cell(15008)};
    struct bundle_map map = {.has_entries = true,
                             .layout = map_layout("km_backend"),
                             .entries = {.key_size = 4, .value_size = sizeof(value)}};
    uint32_t uid = 0x0a000009;
    struct redact *r = NULL;
    bool known;

    (void)unused;
    assert_int_equal(map_entries_add(&map.entries, &uid, &value), 0);
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_map(r, &map, &known), 0);
    assert_true(known);
    memcpy(&value, map_entries_value(&map.entries, 0), sizeof(value));
    assert_memory_equal(value.address, ((uint8_t[16]){198, 18, 0, 1}), 16);
    assert_memory_equal(value.waypoint, ((uint8_t[16]){0x20, 1, 0xd, 0xb8, [15] = 1}), 16);
    assert_int_equal(value.services[0], 0x0a000009);
    assert_int_equal(maps_cell_port(value.waypoint_port), 15008);
    map.layout = NULL;
    assert_int_equal(redact_map(r, &map, &known), 0);
    assert_false(known);
    redact_free(&r);
    bundle_map_free(&map);
}

static void cookies_stay(void **unused)
{
    struct bundle_map map = {.has_entries = true,
                             .layout = map_layout("km_manage"),
                             .entries = {.key_size = 16, .value_size = 4}};
    uint8_t cookie[16] = {0x34, 0x12}, address[16] = {10, 0, 0, 1};
    struct redact *r = NULL;
    uint32_t zero = 0;
    bool known;

    (void)unused;
    map_entries_add(&map.entries, cookie, &zero);
    map_entries_add(&map.entries, address, &zero);
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_map(r, &map, &known), 0);
    assert_int_equal(map_entries_find(&map.entries, address), -1);
    assert_true(map_entries_find(&map.entries, cookie) >= 0);
    redact_free(&r);
    bundle_map_free(&map);
}

/* An IPv6 network's own address, whose last eight bytes are zero as those of a cookie. */
static void a_network_is_no_cookie(void **unused)
{
    struct bundle_map map = {.has_entries = true,
                             .layout = map_layout("km_manage"),
                             .entries = {.key_size = 16, .value_size = 4}};
    uint8_t network[16] = {0xfd, 1, 2, 3, 4, 5, 6, 7};
    struct redact *r = NULL;
    uint32_t zero = 0;
    bool known;

    (void)unused;
    map_entries_add(&map.entries, network, &zero);
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_map(r, &map, &known), 0);
    assert_int_equal(map_entries_find(&map.entries, network), -1);
    redact_free(&r);
    bundle_map_free(&map);
}

static void json_values(void **unused)
{
    json_t *j = json_pack("{s:s, s:[s, s], s:i}", "10.0.0.1", "kept", "to", "10.0.0.1:80", "client",
                          "n", 1);
    struct redact *r = NULL;

    (void)unused;
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_json(r, j), 0);
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "to"), 0)),
                        "198.18.0.1:80");
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "to"), 1)), "client");
    redact_free(&r);
    json_decref(j);
}

static void what_bpftool_prints(void **unused)
{
    static const char text[] =
        "[{\"key\":[\"0x0a\",\"0x60\",\"0x00\",\"0x01\",\"0x00\",\"0x00\",\"0x00\",\"0x00\","
        "\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\",\"0x00\"],"
        "\"value\":[\"0x07\",\"0x00\",\"0x00\",\"0x00\"],\"formatted\":{\"key\":1,\"value\":7}}]";
    struct bundle_map map = {};

    (void)unused;
    fixture_write("km_frontend.json", text, strlen(text));
    assert_int_equal(capture_map_parse(fixture_path("km_frontend.json"), "km_frontend", &map), 0);
    assert_int_equal(map.entries.n, 1);
    assert_ptr_equal(map.layout, map_layout("km_frontend"));
    assert_memory_equal(map_entries_key(&map.entries, 0), ((uint8_t[16]){10, 96, 0, 1}), 16);
    bundle_map_free(&map);
}

static void what_bpftool_does_not_print(void **unused)
{
    static const char *const texts[] = {
        "{",
        "{}",
        "[1]",
        "[{\"key\": []}]",
        "[{\"key\": [\"0x100\"], \"value\": [\"0x00\"]}]",
        "[{\"key\": [\"0x01\"], \"value\": [\"0x00\"]}, {\"key\": [], \"value\": []}]",
        "[{\"key\": [1], \"value\": [2]}]"};
    struct bundle_map map = {};
    struct capture said;

    (void)unused;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        fixture_write("bad.json", texts[i], strlen(texts[i]));
        capture_start(&said);
        assert_int_equal(capture_map_parse(fixture_path("bad.json"), "km_frontend", &map), -EINVAL);
        capture_end(&said);
        assert_int_equal(said.messages, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_to_one),
        cmocka_unit_test(what_means_something_stays),
        cmocka_unit_test(many),
        cmocka_unit_test(full),
        cmocka_unit_test(a_map),
        cmocka_unit_test(cookies_stay),
        cmocka_unit_test(a_network_is_no_cookie),
        cmocka_unit_test(json_values),
        cmocka_unit_test(what_bpftool_prints),
        cmocka_unit_test(what_bpftool_does_not_print),
    };

    return cmocka_run_group_tests(tests, fixture_make_dir, fixture_remove_dir);
}
