// SPDX-License-Identifier: Apache-2.0
/* What a redacted bundle says of policies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "bundle/redact_policy.h"
#include "maps/field.h"
#include "maps/policy_cells.h"
#include "maps/policy_show.h"

/* No byte of these may be left; the addresses are 10.20.30.40 and fd0a:bcde::. */
static const char *const secrets[] = {
    "shop", "secret-name", "frontend", "\x0a\x14\x1e\x28", "\xfd\x0a\xbc\xde", NULL};

static const char policy_text[] =
    "policies:\n"
    "- name: secret-name\n"
    "  namespace: shop\n"
    "  rules:\n"
    "  - from:\n"
    "    - source:\n"
    "        ipBlocks: [10.20.30.40, 'fd0a:bcde::/32', 0.0.0.0/0, '::ffff:10.20.30.40']\n"
    "        namespaces: [shop]\n"
    "        principals: ['cluster.local/ns/shop/sa/frontend', 'frontend*', '*frontend', '*']\n"
    "    to:\n"
    "    - operation: {ports: [80]}\n"
    "- {name: '', namespace: shop}\n";

static void make_maps(struct bundle_map maps[REDACT_POLICY_MAPS])
{
    struct policies policies = {0};
    struct policy_cells cells;

    policy_cells_init(&cells);
    assert_int_equal(topology_parse_policies("t", policy_text, strlen(policy_text), &policies), 0);
    policies.list[0].id = 7;
    policies.list[1].id = 8;
    assert_int_equal(policy_cells_add_all(&cells, &policies), 0);
    policies_clear(&policies);
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        maps[type] = (struct bundle_map){.name = strdup(map_cells_name(type)),
                                         .has_entries = true,
                                         .entries = cells.cells[type],
                                         .layout = map_layout(map_cells_name(type))};
    maps[KM_CELLS] = (struct bundle_map){.name = strdup("km_authz_policy"),
                                         .has_entries = true,
                                         .entries = cells.policies,
                                         .layout = map_layout("km_authz_policy")};
}

static void free_maps(struct bundle_map maps[REDACT_POLICY_MAPS])
{
    for (size_t i = 0; i < REDACT_POLICY_MAPS; i++)
        bundle_map_free(&maps[i]);
}

static uint8_t *cell(struct bundle_map *map, uint32_t index)
{
    ssize_t at = map_entries_find(&map->entries, &index);

    return at < 0 ? NULL : map->entries.values + (size_t)at * map->entries.value_size;
}

static void expect_no_secret(struct bundle_map maps[REDACT_POLICY_MAPS])
{
    for (size_t i = 0; i < REDACT_POLICY_MAPS; i++) {
        const struct map_entries *e = &maps[i].entries;

        for (size_t j = 0; maps[i].has_entries && e->n && secrets[j]; j++)
            if (memmem(e->values, e->n * e->value_size, secrets[j], strlen(secrets[j])))
                fail_msg("%s still has secret %zu", maps[i].name, j);
    }
}

static int read_cell(void *data, enum km_cells type, uint32_t index, void *out)
{
    struct bundle_map *maps = data;
    const uint8_t *found = maps[type].has_entries ? cell(&maps[type], index) : NULL;

    if (found)
        memcpy(out, found, policy_cell_size(type));
    return found ? 0 : -1;
}

static char *shown(struct bundle_map maps[REDACT_POLICY_MAPS], uint32_t id)
{
    const struct policy_source source = {read_cell, maps};
    struct km_authorization value;
    _cleanup_json_ json_t *json = NULL;

    memcpy(&value, cell(&maps[KM_CELLS], id), sizeof(value));
    json = policy_show(&source, id, &value);
    return json_dumps(json, JSON_COMPACT);
}

static void redact_all(struct bundle_map maps[REDACT_POLICY_MAPS])
{
    struct redact *r = NULL;

    assert_int_equal(redact_new(&r), 0);
    assert_int_equal(redact_policies(r, maps), 0);
    redact_free(&r);
    expect_no_secret(maps);
}

static void a_policy_keeps_its_shape_and_none_of_its_texts(void **state)
{
    struct bundle_map maps[REDACT_POLICY_MAPS];
    _cleanup_free_ char *text = NULL, *empty = NULL;

    (void)state;
    make_maps(maps);
    redact_all(maps);
    text = shown(maps, 7);
    empty = shown(maps, 8);
    assert_non_null(strstr(text, "\"namespaces\":[\"redacted-2\"],\"principals\":[\"redacted-3\","
                                 "\"redacted-4*\",\"*redacted-4\",\"*\"],\"source_ips\":["
                                 "\"198.18.0.1\",\"2001:db8::1/32\",\"0.0.0.0/0\","
                                 "\"::ffff:198.18.0.1\"]"));
    assert_non_null(strstr(text, "\"name\":\"redacted-1\",\"namespace\":\"redacted-2\""));
    assert_non_null(strstr(text, "\"destination_ports\":[80]"));
    assert_non_null(strstr(empty, "\"name\":\"\",\"namespace\":\"redacted-2\""));
    free_maps(maps);
}

static void plant(struct bundle_map *map, uint32_t index, const char *secret)
{
    uint8_t bytes[1600] = {0};

    snprintf((char *)bytes, sizeof(bytes), "%s", secret);
    assert_int_equal(map_entries_add(&map->entries, &index, bytes), 0);
}

/* A control plane that forgets a policy leaves its parts; and no reader uses every byte. */
static void what_no_policy_uses_is_left_out(void **state)
{
    struct bundle_map maps[REDACT_POLICY_MAPS];
    uint32_t index = 1;

    (void)state;
    make_maps(maps);
    for (enum km_cells type = 0; type < KM_CELLS; type++) {
        plant(&maps[type], 70000, "shop");
        for (index = 1; maps[type].has_entries && index <= 3 && type != KM_CELLS_296; index++)
            memcpy(cell(&maps[type], index) + policy_cell_size(type) - 8, "frontend", 8);
    }
    memcpy(maps[KM_CELLS].entries.values, "frontend", 8);
    redact_all(maps);
    assert_null(cell(&maps[KM_CELLS_64], 70000));
    assert_false(maps[KM_CELLS_296].has_entries);
    free_maps(maps);
}

/* A reference to a name where an array of ports should be: the cell is neither. */
static void what_is_two_things_is_left_out(void **state)
{
    struct bundle_map maps[REDACT_POLICY_MAPS];
    struct km_authorization first, second;

    (void)state;
    make_maps(maps);
    memcpy(&first, cell(&maps[KM_CELLS], 7), sizeof(first));
    memcpy(&second, cell(&maps[KM_CELLS], 8), sizeof(second));
    second.name = maps_ref(KM_CELLS_192, 8); /* a match */
    memcpy(cell(&maps[KM_CELLS], 8), &second, sizeof(second));
    assert_non_null(cell(&maps[KM_CELLS_192], 8));
    redact_all(maps);
    assert_null(cell(&maps[KM_CELLS_192], 8));
    assert_non_null(cell(&maps[KM_CELLS_192], (uint32_t)first.name & KM_CELLS_INDEX_MAX));
    free_maps(maps);
}

static void what_has_another_layout_is_emptied(void **state)
{
    struct bundle_map maps[REDACT_POLICY_MAPS];

    (void)state;
    make_maps(maps);
    maps[KM_CELLS].layout = NULL;
    redact_all(maps);
    assert_false(maps[KM_CELLS].has_entries);
    assert_int_equal(maps[KM_CELLS_192].entries.n, 0);
    free_maps(maps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_keeps_its_shape_and_none_of_its_texts),
        cmocka_unit_test(what_no_policy_uses_is_left_out),
        cmocka_unit_test(what_is_two_things_is_left_out),
        cmocka_unit_test(what_has_another_layout_is_emptied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
