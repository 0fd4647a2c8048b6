// SPDX-License-Identifier: Apache-2.0
#include "bundle/tests/fixture.h"

#include <errno.h>

#include "field/capture.h"
#include "field/capture_bpftool.h"
#include "field/capture_settings.h"
#include "bundle/redact.h"
#include "maps/entries.h"
#include "maps/field.h"
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

/* One key of four bytes, redacted when these addresses have been seen; what became of it. */
static const uint8_t *key_of_four(const char *seen, const uint8_t key[16])
{
    static uint8_t out[16];
    struct bundle_map map = {.has_entries = true,
                             .layout = map_layout("km_manage"),
                             .entries = {.key_size = 16, .value_size = 4}};
    struct redact *r = NULL;
    uint32_t zero = 0;
    bool known;

    map_entries_add(&map.entries, key, &zero);
    assert_int_equal(redact_new(&r), 0);
    if (seen)
        redacted(r, seen);
    assert_int_equal(redact_map(r, &map, &known), 0);
    memcpy(out, map_entries_key(&map.entries, 0), 16);
    redact_free(&r);
    bundle_map_free(&map);
    return out;
}

/* fd00:: and cookie 253, 10.1.2.0 and cookie 131338 are the same bytes. */
static void a_cookie_that_is_an_address(void **unused)
{
    static const uint8_t v6[16] = {0xfd}, v4[16] = {10, 1, 2, 0};
    static const uint8_t other_v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1},
                         other_v4[16] = {198, 18, 0, 1};

    (void)unused;
    assert_memory_equal(key_of_four("fd00::", v6), other_v6, 16);
    assert_memory_equal(key_of_four("10.1.2.0", v4), other_v4, 16);
    assert_memory_equal(key_of_four("fd00::1", v6), v6, 16);
    assert_memory_equal(key_of_four(NULL, v4), v4, 16);
}

/* In the maps' form fd00:: is also 253.0.0.0. It takes no other address's number. */
static void one_to_one_in_both_families(void **unused)
{
    struct redact *r = NULL;

    (void)unused;
    assert_int_equal(redact_new(&r), 0);
    assert_string_equal(redacted(r, "fd00::1"), "2001:db8::1");
    assert_string_equal(redacted(r, "253.0.0.0"), "198.18.0.1");
    assert_string_equal(redacted(r, "fd00::"), "198.18.0.1");
    assert_string_equal(redacted(r, "fd00::2"), "2001:db8::2");
    redact_free(&r);
}

/* Neither form: an IPv6 source, no destination, and an address where the ports would be. */
static void a_tuple_that_is_neither(void **unused)
{
    const struct map_layout *layout = map_layout("km_socket");
    struct bundle_map map = {.has_entries = true,
                             .layout = layout,
                             .entries = {.key_size = layout->key_size, .value_size = 0}};
    uint8_t key[64] = {0xfd, [15] = 1};
    struct redact *r = NULL;
    const uint8_t *got;
    bool known;

    (void)unused;
    memcpy(key + tuple_form_v6.source_port, (uint8_t[4]){10, 1, 2, 3}, 4);
    assert_int_equal(map_entries_add(&map.entries, key, NULL), 0);
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_map(r, &map, &known), 0);
    assert_true(known);
    got = map_entries_key(&map.entries, 0);
    assert_memory_equal(got, ((uint8_t[16]){0x20, 1, 0xd, 0xb8, [15] = 1}), 16);
    assert_memory_equal(got + tuple_form_v6.source_port, ((uint8_t[4]){198, 18, 0, 1}), 4);
    redact_free(&r);
    bundle_map_free(&map);
}

/* Of node_ip, what no address fills is not captured, since nothing would redact it. */
static void settings_that_are_no_address(void **unused)
{
    static const uint8_t bytes[16] = {10, 1, 2, 3, [10] = 1};
    _cleanup_json_ json_t *v4 = capture_setting("node_ip", bytes, 4);
    _cleanup_json_ json_t *v6 = capture_setting("node_ip", bytes, 16);

    (void)unused;
    assert_string_equal(json_string_value(v4), "10.1.2.3");
    assert_string_equal(json_string_value(v6), "a01:203::100:0:0");
    for (uint32_t size = 0; size <= 68; size++)
        if (size != 4 && size != 16)
            assert_null(capture_setting("node_ip", (uint8_t[68]){10, 1, 2, 3}, size));
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
        cmocka_unit_test(a_cookie_that_is_an_address),
        cmocka_unit_test(one_to_one_in_both_families),
        cmocka_unit_test(a_tuple_that_is_neither),
        cmocka_unit_test(settings_that_are_no_address),
        cmocka_unit_test(json_values),
        cmocka_unit_test(what_bpftool_prints),
        cmocka_unit_test(what_bpftool_does_not_print),
    };

    return cmocka_run_group_tests(tests, fixture_make_dir, fixture_remove_dir);
}
