// SPDX-License-Identifier: Apache-2.0
/* Policies planted from JSON, right ones and wrong ones. No kernel. */
#include "lab/tests/bpf_fixture.h"

#include "common/log.h"
#include "maps/policy_plant.h"
#include "maps/policy_show.h"
#include "maps/tests/cells.h"

/* The policy as policy_show() prints what was planted; NULL when planting was refused. */
static json_t *planted(const char *text)
{
    _cleanup_(policy_cells_free) struct policy_cells cells;
    const struct policy_source source = {read_cell, &cells};
    _cleanup_json_ json_t *policy = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    struct km_authorization value;

    assert_non_null(policy);
    policy_cells_init(&cells);
    if (policy_plant(&cells, 7, policy) < 0)
        return NULL;
    for (enum km_cells type = 0; type < KM_CELLS; type++)
        map_entries_sort(&cells.cells[type]);
    memcpy(&value, map_entries_value(&cells.policies, 0), sizeof(value));
    return policy_show(&source, 7, &value);
}

/* The member at a path like "rules.0.clauses.1", as text. */
static void expect_at(const json_t *policy, const char *path, const char *expected)
{
    _cleanup_free_ char *copy = strdup(path), *text = NULL;
    const json_t *at = policy;
    char *rest = copy;

    for (char *name = strsep(&rest, "."); name; name = strsep(&rest, "."))
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(name)) : json_object_get(at, name);
    text = at ? json_dumps(at, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("nothing");
    assert_string_equal(text, expected);
}

static void a_policy_is_planted_as_it_is_printed(void **state)
{
    _cleanup_json_ json_t *policy = planted(
        "{\"action\": \"DENY\", \"name\": \"n\", \"namespace\": \"s\", \"rules\": [{\"clauses\": "
        "[{\"matches\": "
        "[{\"source_ips\": [\"10.0.0.0/8\", \"fd00::1\"], \"not_destination_ports\": [80, 443], "
        "\"principals\": [\"a/*\", \"*b\", \"c\"]}]}]}, {\"clauses\": []}]}");

    (void)state;
    expect_at(policy, "action", "\"DENY\"");
    expect_at(policy, "name", "\"n\"");
    expect_at(policy, "rules.0.clauses.0.matches.0.source_ips", "[\"10.0.0.0/8\",\"fd00::1\"]");
    expect_at(policy, "rules.0.clauses.0.matches.0.not_destination_ports", "[80,443]");
    expect_at(policy, "rules.0.clauses.0.matches.0.principals", "[\"a/*\",\"*b\",\"c\"]");
    expect_at(policy, "rules.1.clauses", "[]");
}

static void what_no_control_plane_writes_is_planted(void **state)
{
    _cleanup_json_ json_t *policy = planted(
        "{\"action\": \"ALLOW\", \"name\": null, \"rules_count\": 4294967296, \"rules\": [null, "
        "\"kmesh_map1600/3\", {\"clauses\": null}, {\"clauses\": [{\"matches\": [{\"source_ips\": "
        "[null, "
        "{\"bytes\": \"0a000001\", \"prefix\": 33}], \"destination_ports\": [65536]}]}]}]}");

    (void)state;
    expect_at(policy, "name.fault", "\"not there\"");
    expect_at(policy, "rules_count", "4294967296");
    expect_at(policy, "rules.0.fault", "\"not there\"");
    expect_at(policy, "rules.1.fault", "\"a cell of the wrong map\"");
    expect_at(policy, "rules.2.clauses.fault", "\"not there\"");
    expect_at(policy, "rules.3.clauses.0.matches.0.source_ips.0.fault", "\"not there\"");
    expect_at(policy, "rules.3.clauses.0.matches.0.source_ips.1", "\"10.0.0.1/33\"");
    expect_at(policy, "rules.3.clauses.0.matches.0.destination_ports", "[65536]");
}

static void a_mistake_is_named(void **state)
{
    static const struct {
        const char *policy, *sentence;
    } cases[] = {
        {"{\"action\": \"MAYBE\", \"rules\": []}", "'action'"},
        {"{\"action\": \"ALLOW\", \"rule\": []}", "has no 'rule'"},
        {"{\"action\": \"ALLOW\", \"rules\": 5}", "'rules' must be"},
        {"{\"action\": \"ALLOW\", \"rules\": [\"here\"]}", "must be MAP/INDEX"},
        {"{\"action\": \"ALLOW\", \"rules\": [[]]}", "'a rule or a clause' must be"},
        {"{\"action\": \"ALLOW\", \"rules\": [{\"clauses\": [{\"destination_ports\": [1]}]}]}",
         "has no 'destination_ports'"},
        {"{\"action\": \"ALLOW\", \"rules\": [{\"clauses\": [{\"matches\": [{\"ports\": [1]}]}]}]}",
         "has no 'ports'"},
        {"{\"action\": \"ALLOW\", \"rules\": [{\"clauses\": [{\"matches\": [{\"source_ips\": "
         "[\"x\"]}]}]}]}",
         "'a block' must be"},
        {"{\"action\": \"ALLOW\", \"rules\": [{\"clauses\": [{\"matches\": "
         "[{\"destination_ports\": "
         "[\"80\"]}]}]}]}",
         "'ports' must be"},
        {"{\"action\": \"ALLOW\", \"name\": 5, \"rules\": []}", "'name' must be"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_null(planted(cases[i].policy));
        if (!strstr(log_last_error(), cases[i].sentence))
            fail_msg("%s: '%s' does not say %s", cases[i].policy, log_last_error(),
                     cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_planted_as_it_is_printed),
        cmocka_unit_test(what_no_control_plane_writes_is_planted),
        cmocka_unit_test(a_mistake_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
