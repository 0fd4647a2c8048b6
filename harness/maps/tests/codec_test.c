// SPDX-License-Identifier: Apache-2.0
/* The contract's layouts, and their bytes as JSON and back. No kernel. */
#include "lab/tests/bpf_fixture.h"

#include "maps/decode.h"
#include "maps/encode.h"
#include "maps/layout.h"

static void expect_json(const json_t *got, const char *expected)
{
    _cleanup_json_ json_t *wanted = json_loads(expected, 0, NULL);
    _cleanup_free_ char *text = json_dumps(got, JSON_SORT_KEYS);

    assert_non_null(wanted);
    if (!json_equal(got, wanted))
        fail_msg("expected %s, got %s", expected, text);
}

/* Decodes the text, expects the bytes, encodes them again, expects the text. */
static void expect_codec(const struct map_field *fields, const char *text, const void *bytes,
                         size_t size)
{
    _cleanup_json_ json_t *json = json_loads(text, 0, NULL), *again = NULL;
    uint8_t got[256] = {0};

    assert_non_null(json);
    assert_int_equal(map_decode_key(fields, PORT_ORDER_HOST, json, got, size), 0);
    assert_memory_equal(got, bytes, size);
    again = map_encode_json(fields, PORT_ORDER_HOST, got, size);
    expect_json(again, text);
}

static void expect_refused(const struct map_field *fields, const char *text, size_t size,
                           const char *error)
{
    _cleanup_json_ json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    uint8_t got[256] = {0};

    assert_non_null(json);
    log_set_sink(fixture_take_error, NULL);
    assert_int_equal(map_decode_key(fields, PORT_ORDER_HOST, json, got, size), -EINVAL);
    fixture_expect_error(error);
    log_set_sink(NULL, NULL);
}

/* The same of a value, of which fields may be left out. */
static void expect_value_refused(const struct map_field *fields, const char *text, size_t size,
                                 const char *error)
{
    _cleanup_json_ json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    uint8_t got[256] = {0};

    assert_non_null(json);
    log_set_sink(fixture_take_error, NULL);
    assert_int_equal(map_decode_json(fields, PORT_ORDER_HOST, json, got, size), -EINVAL);
    fixture_expect_error(error);
    log_set_sink(NULL, NULL);
}

static void test_codec_prefixes(void **state)
{
    const struct map_field *key = map_layout("km_nodeinfo")->key;
    /* "prefix" in host order, then the address. */
    static const struct km_nodeinfo_key v4 = {24, {10, 129, 7}}, all = {0, {0}},
                                        v6 = {64, {0xfd, 0, 0, 0x81}},
                                        host = {128, {0xfd, [15] = 2}};

    (void)state;
    expect_codec(key, "{\"prefix\": \"10.129.7.0/24\"}", &v4, sizeof(v4));
    expect_codec(key, "{\"prefix\": \"0.0.0.0/0\"}", &all, sizeof(all));
    expect_codec(key, "{\"prefix\": \"fd00:81::/64\"}", &v6, sizeof(v6));
    expect_codec(key, "{\"prefix\": \"fd00::2/128\"}", &host, sizeof(host));
    expect_refused(key, "{\"prefix\": \"10.129.7.0/33\"}", sizeof(v4),
                   "'prefix' must be ADDRESS/BITS");
    expect_refused(key, "{\"prefix\": \"10.129.7.0\"}", sizeof(v4),
                   "'prefix' must be ADDRESS/BITS");
    expect_refused(key, "{\"prefix\": 7}", sizeof(v4), "'prefix' must be ADDRESS/BITS");
}

static void test_codec_keys(void **state)
{
    const uint8_t v4[16] = {10, 96, 0, 1};
    const uint8_t v6[16] = {0xfd, 0, 0, 0x96, [15] = 1};
    const uint32_t endpoint[3] = {1, 2, 3};

    (void)state;
    expect_codec(map_layout("km_frontend")->key, "{\"address\":\"10.96.0.1\"}", v4, 16);
    expect_codec(map_layout("km_frontend")->key, "{\"address\":\"fd00:96::1\"}", v6, 16);
    expect_codec(map_layout("km_endpoint")->key, "{\"service\":1,\"priority\":2,\"index\":3}",
                 endpoint, 12);
    expect_refused(map_layout("km_endpoint")->key, "{\"service\":1,\"priority\":2}", 12, "'index'");
    expect_refused(map_layout("km_frontend")->key, "{\"address\":\"10.96.0.300\"}", 16,
                   "'address'");
    expect_refused(map_layout("km_frontend")->key, "{\"address\":\"fd00::\"}", 16, "fd00::");
    expect_refused(map_layout("km_frontend")->key, "{\"address\":\"::1\",\"x\":1}", 16, "'x'");
    expect_refused(map_layout("km_service")->key, "{\"id\":-1}", 4, "'id'");
    expect_refused(map_layout("km_service")->key, "{\"id\":4294967296}", 4, "4294967295");
    expect_refused(map_layout("km_service")->key, "7", 4, "object");
}

/* IPv4-mapped text is the IPv4 address: that is how it is looked up. */
static void test_codec_mapped(void **state)
{
    _cleanup_json_ json_t *json = json_pack("{s:s}", "address", "::ffff:10.1.2.3");
    const uint8_t expected[16] = {10, 1, 2, 3};
    uint8_t got[16];

    (void)state;
    assert_int_equal(map_decode_key(map_layout("km_frontend")->key, PORT_ORDER_HOST, json, got, 16),
                     0);
    assert_memory_equal(got, expected, 16);
}

static void test_codec_manage(void **state)
{
    const struct map_field *key = map_layout("km_manage")->key;
    const uint8_t cookie[16] = {0x01, 0x10};
    const uint8_t large[16] = {1, 2, 3, 4, 5, 6, 7, 0};
    const uint8_t v4[16] = {10, 128, 0, 2};

    (void)state;
    expect_codec(key, "{\"cookie\":4097}", cookie, 16);
    expect_codec(key, "{\"cookie\":1976943448883713}", large, 16);
    expect_codec(key, "{\"address\":\"10.128.0.2\"}", v4, 16);
    expect_refused(key, "{\"cookie\":1,\"address\":\"::1\"}", 16, "either");
    expect_refused(key, "{}", 16, "either");
    expect_refused(key, "{\"address\":null}", 16, "'address'");
}

static void test_codec_tuples(void **state)
{
    const uint8_t v4[36] = {10, 0, 0, 1, 10, 0, 0, 2, 0x9c, 0x40, 0x00, 0x50};
    const uint8_t host[36] = {10, 0, 0, 1, 10, 0, 0, 2, 0x40, 0x9c, 0x50, 0x00};
    const uint8_t v6[36] = {0xfd, [15] = 1, [16] = 0xfd, [31] = 2, 0x9c, 0x40, 0, 0x50};

    (void)state;
    expect_codec(map_layout("km_socket")->key,
                 "{\"local\":\"10.0.0.1:40000\",\"peer\":\"10.0.0.2:80\"}", v4, 36);
    expect_codec(map_layout("km_auth_res")->key,
                 "{\"client\":\"10.0.0.1:40000\",\"server\":\"10.0.0.2:80\"}", host, 36);
    expect_codec(map_layout("km_socket")->key,
                 "{\"local\":\"[fd00::1]:40000\",\"peer\":\"[fd00::2]:80\"}", v6, 36);
    expect_refused(map_layout("km_socket")->key, "{\"local\":\"10.0.0.1:40000\"}", 36, "'peer'");
    expect_refused(map_layout("km_socket")->key, "{\"local\":\"10.0.0.1:1\",\"peer\":\"[::1]:1\"}",
                   36, "family");
}

static void test_codec_values(void **state)
{
    struct km_service_value service = {.counts = {2},
                                       .policy = 2,
                                       .ports = {maps_port_cell(80), maps_port_cell(443)},
                                       .targets = {maps_port_cell(8080), maps_port_cell(8443)},
                                       .waypoint = {10, 0, 0, 9},
                                       .waypoint_port = maps_port_cell(15008)};
    struct km_backend_value backend = {
        .address = {0xfd, [15] = 7}, .n_services = 2, .services = {1, 9}};

    (void)state;
    expect_codec(map_layout("km_service")->value,
                 "{\"counts\":[2,0,0,0,0,0,0],\"policy\":2,"
                 "\"ports\":[80,443,0,0,0,0,0,0,0,0],\"targets\":[8080,8443,0,0,0,0,0,0,0,0],"
                 "\"waypoint\":\"10.0.0.9\",\"waypoint_port\":15008}",
                 &service, sizeof(service));
    expect_codec(map_layout("km_backend")->value,
                 "{\"address\":\"fd00::7\",\"services\":[1,9],\"waypoint\":null,"
                 "\"waypoint_port\":0}",
                 &backend, sizeof(backend));
}

static void test_codec_storage(void **state)
{
    struct km_sockstorage_value storage = {.connect_ns = 5,
                                           .direction = 2,
                                           .destination_set = 1,
                                           .destination.bytes = {[4] = 10, [7] = 3, [11] = 80}};

    (void)state;
    expect_codec(
        map_layout("km_sockstorage")->value,
        "{\"connect_ns\":5,\"report_ns\":0,\"direction\":\"outbound\",\"connect_success\":0,"
        "\"via_waypoint\":0,\"encoded\":0,\"destination_set\":1,"
        "\"destination\":{\"local\":\"0.0.0.0:0\",\"peer\":\"10.0.0.3:80\"}}",
        &storage, sizeof(storage));
}

/* What JSON fields would not show in full comes raw: a port cell with junk behind the port, a list
 * that is longer than its room. */
static void test_codec_raw(void **state)
{
    struct km_backend_value backend = {.waypoint_port = maps_port_cell(80) | 0xff000000,
                                       .n_services = 1};
    _cleanup_json_ json_t *junk = NULL, *list = NULL, *raw = NULL;
    uint8_t got[4];

    (void)state;
    junk = map_encode_json(map_layout("km_backend")->value, PORT_ORDER_HOST, &backend,
                           sizeof(backend));
    assert_non_null(json_object_get(junk, "raw"));
    backend = (struct km_backend_value){.n_services = 11};
    list = map_encode_json(map_layout("km_backend")->value, PORT_ORDER_HOST, &backend,
                           sizeof(backend));
    assert_non_null(json_object_get(list, "raw"));
    raw = json_pack("{s:s}", "raw", "0a0B0c0d");
    assert_int_equal(map_decode_key(NULL, PORT_ORDER_HOST, raw, got, 4), 0);
    assert_memory_equal(got, "\x0a\x0b\x0c\x0d", 4);
    expect_refused(NULL, "{\"raw\":\"0a0b0c0\"}", 4, "8 hexadecimal");
    expect_refused(NULL, "{\"raw\":\"0a0b0c0x\"}", 4, "'x'");
    expect_refused(NULL, "{\"address\":\"::1\"}", 4, "raw");
}

static void test_codec_policy(void **state)
{
    const struct map_field *fields = map_layout("km_authz_policy")->value;
    const struct km_authorization value = {.name = maps_ref(KM_CELLS_192, 7),
                                           .scope = 2,
                                           .action = 1,
                                           .rules = {1UL << 32, maps_ref(KM_CELLS_1600, 70000)}};

    (void)state;
    expect_codec(fields,
                 "{\"name\":\"kmesh_map192/7\",\"namespace\":null,\"scope\":\"workload\","
                 "\"action\":\"DENY\",\"rules_count\":4294967296,\"rules\":"
                 "\"kmesh_map1600/70000\"}",
                 &value, sizeof(value));
    expect_value_refused(fields, "{\"name\":\"kmesh_map64\"}", 64, "'name' must be");
    expect_value_refused(fields, "{\"name\":\"kmesh_map64/16777216\"}", 64, "'name' must be");
    expect_value_refused(fields, "{\"name\":\"256/1\"}", 64, "'name' must be");
}

/* The bytes of a cell of policies do not say what they are: written as one of several things, shown
 * as bytes. */
static void test_codec_cells(void **state)
{
    const struct map_field *fields = map_layout("kmesh_map64")->value;
    _cleanup_json_ json_t *clause =
        json_loads("{\"clause\":{\"matches\":\"9/3\"}}", JSON_REJECT_DUPLICATES, NULL);
    _cleanup_json_ json_t *match = json_loads(
        "{\"match\":{\"destination_ports_count\":2,\"destination_ports\":\"kmesh_map1600/1\"}}", 0,
        NULL);
    _cleanup_json_ json_t *shown = NULL, *name = json_loads("{\"string\":\"web\"}", 0, NULL);
    struct {
        struct km_clause clause;
        uint8_t rest[24];
    } cell = {.clause.matches.count = 5};
    struct km_match got = {.lists[4].count = 1};
    char string[192] = "";

    (void)state;
    assert_int_equal(map_decode_json(fields, PORT_ORDER_HOST, clause, &cell, 64), 0);
    assert_int_equal(cell.clause.matches.count, 5);
    assert_int_equal(cell.clause.matches.array, 9UL << 24 | 3);
    shown = map_encode_json(fields, PORT_ORDER_HOST, &cell, 64);
    assert_int_equal(json_string_length(json_object_get(shown, "raw")), 128);
    fields = map_layout("kmesh_map192")->value;
    assert_int_equal(map_decode_json(fields, PORT_ORDER_HOST, match, &got, 192 - 8), 0);
    assert_int_equal(got.lists[4].count, 1);
    assert_int_equal(got.lists[8].count, 2);
    assert_int_equal(got.lists[8].array, maps_ref(KM_CELLS_1600, 1));
    assert_int_equal(map_decode_json(fields, PORT_ORDER_HOST, name, string, 192), 0);
    assert_string_equal(string, "web");
    expect_value_refused(fields, "{\"match\":{\"ports\":1}}", 192, "no field 'ports'");
    expect_value_refused(fields, "{\"match\":7}", 192, "object");
    expect_value_refused(fields, "{\"string\":7}", 192, "at most 191 bytes");
}

static void test_layouts(void **state)
{
    size_t n, n_contract = 0;
    const struct map_layout *layouts = map_layouts(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct map_layout *own = map_layout(layouts[i].name);

        /* The contract's first, and no two that sizes cannot tell apart. */
        n_contract += !layouts[i].version;
        assert_true(own <= &layouts[i] && !own->version);
        assert_ptr_equal(map_layout_find(layouts[i].name, layouts[i].type,
                                         layouts[i].key ? layouts[i].key_size : 0,
                                         layouts[i].key ? layouts[i].value_size : 0),
                         &layouts[i]);
    }
    assert_int_equal(n_contract, 22);
    assert_null(map_layout("km_nothing"));
    assert_ptr_equal(map_layout("kmesh_service"), map_layout("km_service"));
    assert_int_equal(map_layout_find("kmesh_service", BPF_MAP_TYPE_HASH, 4, 108)->value_size, 108);
    assert_null(map_layout_find("km_service", BPF_MAP_TYPE_HASH, 4, 120));
    assert_null(map_layout_find("km_service", BPF_MAP_TYPE_ARRAY, 4, 132));
    assert_string_equal(map_contract_name("kmesh_manage"), "km_manage");
    assert_string_equal(map_contract_name("outer_map"), "outer_map");
    assert_int_equal(map_layout("km_service")->value_size, 132);
    assert_int_equal(map_layout("km_endpoint")->key_size, 12);
    assert_int_equal(map_layout("km_backend")->value_size, 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),      cmocka_unit_test(test_codec_prefixes),
        cmocka_unit_test(test_codec_keys),   cmocka_unit_test(test_codec_mapped),
        cmocka_unit_test(test_codec_manage), cmocka_unit_test(test_codec_tuples),
        cmocka_unit_test(test_codec_values), cmocka_unit_test(test_codec_storage),
        cmocka_unit_test(test_codec_raw),    cmocka_unit_test(test_codec_policy),
        cmocka_unit_test(test_codec_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
