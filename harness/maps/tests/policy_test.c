// SPDX-License-Identifier: Apache-2.0
/* Policies as cells, and cells as a person reads them: whatever a stranger wrote there. No kernel.
 */
#include "lab/tests/bpf_fixture.h"

#include "maps/policy_cells.h"
#include "maps/policy_show.h"
#include "maps/tests/cells.h"

static const char policy_text[] =
    "policies:\n"
    "- name: p\n"
    "  action: DENY\n"
    "  rules:\n"
    "  - from:\n"
    "    - source: {ipBlocks: [10.0.0.0/8, 'fd00::1'], principals: ['a/*']}\n"
    "    to:\n"
    "    - operation: {ports: [80, 443]}\n"
    "- {name: q, namespace: x}\n";

static void make_cells(const char *text, struct policy_cells *cells)
{
    struct policies policies = {0};

    policy_cells_init(cells);
    assert_int_equal(topology_parse_policies("t", text, strlen(text), &policies), 0);
    for (size_t i = 0; i < policies.n; i++)
        policies.list[i].id = (uint32_t)(1 + i);
    assert_int_equal(policy_cells_add_all(cells, &policies), 0);
    policies_clear(&policies);
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        map_entries_sort(&cells->cells[type]);
}

static char *shown(struct policy_cells *cells, const struct km_authorization *value)
{
    const struct policy_source source = {read_cell, cells};
    _cleanup_json_ json_t *json = policy_show(&source, 7, value);

    return json_dumps(json, JSON_COMPACT);
}

static struct km_authorization policy_value(const struct policy_cells *cells, size_t i)
{
    struct km_authorization value;

    memcpy(&value, map_entries_value(&cells->policies, i), sizeof(value));
    return value;
}

static uint8_t *cell(struct policy_cells *cells, uint64_t ref)
{
    struct map_entries *entries = &cells->cells[(uint32_t)ref >> 24];
    uint32_t index = (uint32_t)ref & KM_CELLS_INDEX_MAX;
    ssize_t at = map_entries_find(entries, &index);

    assert_true(at >= 0);
    return entries->values + (size_t)at * entries->value_size;
}

static void every_part_has_the_smallest_cell(void **state)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    struct km_authorization p, q;

    (void)state;
    make_cells(policy_text, &cells);
    assert_int_equal(cells.policies.n, 2);
    /* string match, 2 × (bytes, address), 2 clauses, a rule */
    assert_int_equal(cells.cells[KM_CELLS_64].n, 8);
    /* 4 names, the principal, 2 matches */
    assert_int_equal(cells.cells[KM_CELLS_192].n, 7);
    assert_int_equal(cells.cells[KM_CELLS_296].n, 0);
    /* principals, addresses, matches, ports, matches, clauses, rules */
    assert_int_equal(cells.cells[KM_CELLS_1600].n, 7);
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        for (size_t i = 0; i < cells.cells[type].n; i++)
            assert_int_equal(*(uint32_t *)map_entries_key(&cells.cells[type], i), 1 + i);
    p = policy_value(&cells, 0);
    q = policy_value(&cells, 1);
    assert_int_equal(p.action, 1);
    assert_int_equal(p.rules.count, 1);
    assert_int_equal(q.action, 0);
    assert_int_equal(q.rules.count, 0);
    assert_int_equal(q.rules.array, 0);
    assert_string_equal((char *)cell(&cells, q.namespace), "x");
}

static void an_index_can_be_asked_for(void **state)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    struct km_authorization p;

    (void)state;
    make_cells("policies: [{name: p}, {name: q, index: 65537}]", &cells);
    p = policy_value(&cells, 1);
    assert_int_equal(p.name, maps_ref(KM_CELLS_192, 65537));
    assert_int_equal(p.namespace, maps_ref(KM_CELLS_192, 65538));
}

static int taken_below_300(void *data, enum km_cells type, uint32_t index)
{
    (void)data;
    (void)type;
    return index < 300;
}

static void an_index_that_is_taken_is_passed_over(void **state)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    struct policy p = {.name = (char *)"n", .namespace = (char *)"m", .id = 1};

    (void)state;
    policy_cells_init(&cells);
    cells.taken = taken_below_300;
    assert_int_equal(policy_cells_add(&cells, &p), 0);
    assert_int_equal(policy_value(&cells, 0).name, maps_ref(KM_CELLS_192, 300));
}

static void a_policy_is_read_through_its_references(void **state)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    _cleanup_free_ char *text = NULL;
    struct km_authorization p;

    (void)state;
    make_cells(policy_text, &cells);
    p = policy_value(&cells, 0);
    text = shown(&cells, &p);
    assert_string_equal(
        text,
        "{\"id\":7,\"name\":\"p\",\"namespace\":\"default\",\"scope\":\"workload\",\"action\":"
        "\"DENY\",\"rules\":[{\"at\":\"kmesh_map64/8\",\"clauses\":[{\"at\":\"kmesh_map64/6\","
        "\"matches\":[{\"at\":\"kmesh_map192/4\",\"principals\":[\"a/*\"],\"source_ips\":["
        "\"10.0.0.0/8\",\"fd00::1\"]}]},{\"at\":\"kmesh_map64/7\",\"matches\":[{\"at\":"
        "\"kmesh_map192/5\",\"destination_ports\":[80,443]}]}]}]}");
}

static void what_leads_nowhere_says_so(void **state)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    _cleanup_free_ char *text = NULL;
    struct km_authorization p;
    struct km_match *match;
    uint64_t *refs;

    (void)state;
    make_cells(policy_text, &cells);
    p = policy_value(&cells, 0);
    p.name = maps_ref(KM_CELLS_192, 70000);
    p.namespace = 0;
    match = (struct km_match *)cell(&cells, maps_ref(KM_CELLS_192, 4));
    match->lists[POLICY_PRINCIPALS].array = maps_ref(9, 3);
    refs = (uint64_t *)cell(&cells, match->lists[POLICY_SOURCE_IPS].array);
    refs[0] = maps_ref(KM_CELLS_192, 1);
    match->lists[POLICY_SOURCE_IPS].count = 1UL << 32;
    text = shown(&cells, &p);
    assert_non_null(
        strstr(text, "\"name\":{\"at\":\"kmesh_map192/70000\",\"fault\":\"not there\"}"));
    assert_non_null(strstr(text, "\"namespace\":{\"at\":null,\"fault\":\"no reference\"}"));
    assert_non_null(
        strstr(text, "\"principals\":{\"at\":\"9/3\",\"fault\":\"a cell of the wrong map\"}"));
    assert_non_null(strstr(
        text,
        "\"source_ips_count\":4294967296,\"source_ips\":[{\"at\":\"kmesh_map192/1\",\"fault\":"
        "\"a cell of the wrong map\"},\"fd00::1\",{\"at\":null,\"fault\":\"no reference, 198 "
        "times\"}]"));
}

/* Every reference of every array leads to the same part: 200 rules of 200 clauses of 200 matches.
 */
static void what_would_never_end_ends(void **state)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    _cleanup_free_ char *text = NULL;
    struct km_authorization p;

    (void)state;
    make_cells(policy_text, &cells);
    p = policy_value(&cells, 0);
    p.rules.count = 200;
    for (uint32_t i = 1; i <= 7; i++) {
        uint64_t *refs = (uint64_t *)cell(&cells, maps_ref(KM_CELLS_1600, i));

        for (size_t j = 1; j < KM_CELLS_REFS; j++)
            refs[j] = refs[0];
    }
    for (uint32_t i = 6; i <= 8; i++)
        ((struct km_rule *)cell(&cells, maps_ref(KM_CELLS_64, i)))->clauses.count = 200;
    text = shown(&cells, &p);
    assert_non_null(strstr(text, "not read: too many parts"));
    assert_true(strlen(text) < 64 * POLICY_SHOW_PARTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_has_the_smallest_cell),
        cmocka_unit_test(an_index_can_be_asked_for),
        cmocka_unit_test(an_index_that_is_taken_is_passed_over),
        cmocka_unit_test(a_policy_is_read_through_its_references),
        cmocka_unit_test(what_leads_nowhere_says_so),
        cmocka_unit_test(what_would_never_end_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
