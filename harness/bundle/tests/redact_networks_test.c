// SPDX-License-Identifier: Apache-2.0
/* A prefix of km_nodeinfo holds the same addresses before and after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bundle/redact.h"
#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "maps/layout.h"

/* Values that are no family say which entry it is: the keys' order is not kept. */
#define FIRST_VALUE 100

static struct bundle_map nodeinfo(void)
{
    return (struct bundle_map){
        .has_entries = true,
        .layout = map_layout("km_nodeinfo"),
        .entries = {.key_size = sizeof(struct km_nodeinfo_key), .value_size = 4}};
}

static void add(struct bundle_map *map, const char *text, uint32_t bits, uint32_t value)
{
    struct km_nodeinfo_key key = {.prefix = bits};
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    memcpy(key.address, address.bytes, sizeof(key.address));
    assert_int_equal(map_entries_add(&map->entries, &key, &value), 0);
}

static bool holds(const struct km_nodeinfo_key *key, const struct address *address)
{
    for (uint32_t i = 0; i < key->prefix; i++) {
        uint8_t bit = (uint8_t)(0x80 >> i % 8);

        if ((key->address[i / 8] ^ address->bytes[i / 8]) & bit)
            return false;
    }
    return true;
}

/* Which entries hold it: their values' squares, added up; 0: none does. */
static uint32_t lookup(const struct bundle_map *map, const struct address *address)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < map->entries.n; i++) {
        struct km_nodeinfo_key key;
        uint32_t value;

        memcpy(&key, map_entries_key(&map->entries, i), sizeof(key));
        memcpy(&value, map_entries_value(&map->entries, i), sizeof(value));
        sum += holds(&key, address) ? value * value : 0;
    }
    return sum;
}

/* Redacts the addresses and then the map; every address has to be where it was. */
static void assert_alike(struct bundle_map *map, const char *const *texts, size_t n)
{
    struct redact *r = NULL;
    struct address *to = calloc(n, sizeof(*to));
    uint32_t *before = calloc(n, sizeof(*before));
    bool known;

    assert_true(to && before);
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_networks(r, map), 0);
    for (size_t i = 0; i < n; i++) {
        struct address from;

        assert_int_equal(address_parse(texts[i], &from), 0);
        before[i] = lookup(map, &from);
        assert_int_equal(redact_address(r, &from, &to[i]), 0);
        assert_false(address_equal(&from, &to[i]));
        for (size_t j = 0; j < i; j++)
            assert_false(address_equal(&to[i], &to[j]));
    }
    assert_int_equal(redact_map(r, map, &known), 0);
    assert_true(known);
    for (size_t i = 0; i < n; i++)
        if (lookup(map, &to[i]) != before[i])
            fail_msg("%s was in %u, is in %u", texts[i], before[i], lookup(map, &to[i]));
    redact_free(&r);
    free(before);
    free(to);
}

static void assert_entry(const struct bundle_map *map, uint32_t value, const char *expected)
{
    for (size_t i = 0; i < map->entries.n; i++) {
        struct address address = {.af = AF_INET};
        char text[ADDRESS_TEXT_MAX], whole[ADDRESS_TEXT_MAX + 8];
        struct km_nodeinfo_key key;

        if (memcmp(map_entries_value(&map->entries, i), &value, sizeof(value)) != 0)
            continue;
        memcpy(&key, map_entries_key(&map->entries, i), sizeof(key));
        address.af = strchr(expected, ':') ? AF_INET6 : AF_INET;
        memcpy(address.bytes, key.address, sizeof(key.address));
        (void)snprintf(whole, sizeof(whole), "%s/%u", address_text(&address, text), key.prefix);
        assert_string_equal(whole, expected);
        return;
    }
    fail_msg("there is no entry with the value %u", value);
}

static void a_network_holds_its_pods_and_no_others(void **state)
{
    static const char *const addresses[] = {"10.128.0.7", "10.129.0.7", "10.128.255.255",
                                            "10.128.0.0", "10.127.0.1", "fd00:80::7",
                                            "fd00:81::7", "fd00:80::",  "172.16.7.1"};
    struct bundle_map map = nodeinfo();

    (void)state;
    add(&map, "10.128.0.0", 16, 4);
    add(&map, "fd00:80::", 64, 6);
    assert_alike(&map, addresses, ARRAY_SIZE(addresses));
    assert_entry(&map, 4, "198.19.0.0/16");
    assert_entry(&map, 6, "2001:db8::8000:0/97");
    bundle_map_free(&map);
}

static void networks_within_one_another(void **state)
{
    static const char *const addresses[] = {
        "10.128.0.7", "10.128.7.7", "10.128.7.9",   "10.128.7.10",  "10.128.8.1",
        "10.129.0.1", "10.130.0.1", "fd00:80:1::9", "fd00:80:1::a", "fd00:80:2::9"};
    struct bundle_map map = nodeinfo();

    (void)state;
    add(&map, "10.128.7.9", 32, FIRST_VALUE);
    add(&map, "10.128.0.0", 16, FIRST_VALUE + 1);
    add(&map, "10.128.7.0", 24, FIRST_VALUE + 2);
    add(&map, "10.129.0.0", 16, FIRST_VALUE + 3);
    add(&map, "fd00:80::", 32, 6);
    add(&map, "fd00:80:1::9", 128, FIRST_VALUE + 5);
    add(&map, "fd00:80:1::", 48, FIRST_VALUE + 6);
    assert_alike(&map, addresses, ARRAY_SIZE(addresses));
    bundle_map_free(&map);
}

/* An odd number of networks of odd lengths, and pods in all of them. */
static void many_networks(void **state)
{
    enum { NETWORKS = 150, PODS = 7 };
    struct bundle_map map = nodeinfo();
    char text[NETWORKS * PODS][32], network[32];
    const char *addresses[NETWORKS * PODS];

    (void)state;
    for (unsigned int i = 0; i < NETWORKS; i++) {
        (void)snprintf(network, sizeof(network), "10.%u.%u.0", i, 8 * (i % 3));
        add(&map, network, 21 + i % 5, FIRST_VALUE + i);
        for (unsigned int j = 0; j < PODS; j++) {
            (void)snprintf(text[PODS * i + j], sizeof(text[0]), "10.%u.%u.%u", i, 8 * (i % 3),
                           40 * j + 1);
            addresses[PODS * i + j] = text[PODS * i + j];
        }
    }
    assert_alike(&map, addresses, ARRAY_SIZE(addresses));
    bundle_map_free(&map);
}

static void what_means_something_stays(void **state)
{
    struct bundle_map map = nodeinfo();
    struct redact *r = NULL;
    bool known;

    (void)state;
    add(&map, "0.0.0.0", 0, FIRST_VALUE);
    add(&map, "127.0.0.0", 8, FIRST_VALUE + 1);
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_networks(r, &map), 0);
    assert_int_equal(redact_map(r, &map, &known), 0);
    assert_entry(&map, FIRST_VALUE, "0.0.0.0/0");
    assert_entry(&map, FIRST_VALUE + 1, "127.0.0.0/8");
    redact_free(&r);
    bundle_map_free(&map);
}

/* 65,536 numbers for 8192 networks are 8 each. */
static void a_full_network_is_said_once(void **state)
{
    struct bundle_map map = nodeinfo();
    struct redact *r = NULL;
    struct capture said;
    char text[32];

    (void)state;
    for (unsigned int i = 0; i < 8192; i++) {
        (void)snprintf(text, sizeof(text), "20.%u.%u.0", i / 256, i % 256);
        add(&map, text, 24, 4);
    }
    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_networks(r, &map), 0);
    capture_start(&said);
    for (unsigned int i = 1; i < 20; i++) {
        struct address from, to;

        (void)snprintf(text, sizeof(text), "20.31.255.%u", i);
        assert_int_equal(address_parse(text, &from), 0);
        assert_int_equal(redact_address(r, &from, &to), 0);
        /* The last block, and behind it the first numbers of what is in no network. */
        (void)snprintf(text, sizeof(text), i < 8 ? "198.19.255.%u" : "198.18.0.%u",
                       i < 8 ? 248 + i : i - 7);
        assert_int_equal(address_parse(text, &from), 0);
        assert_true(address_equal(&from, &to));
    }
    capture_end(&said);
    assert_int_equal(said.messages, 1);
    assert_non_null(strstr(said.last, "more addresses than it gets redacted ones"));
    redact_free(&r);
    bundle_map_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_holds_its_pods_and_no_others),
        cmocka_unit_test(networks_within_one_another),
        cmocka_unit_test(many_networks),
        cmocka_unit_test(what_means_something_stays),
        cmocka_unit_test(a_full_network_is_said_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
