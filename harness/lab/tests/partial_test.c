// SPDX-License-Identifier: Apache-2.0
/* Labs that go on without the programs that were refused. */
#include "lab/tests/bpf_fixture.h"

#include <bpf/bpf.h>

#include "common/json.h"
#include "lab/programs.h"

static const char one_node[] = "pods: [{name: a}]\n";
static const char two_nodes[] =
    "nodes: [n1, n2]\npods: [{name: a, node: n1}, {name: b, node: n2}]\n";

static int up_partial(const struct lab *lab)
{
    struct programs_source source = {.dir = fixture.objects, .partial = true};

    return programs_up(lab, &source);
}

static void expect_attached(const struct lab *lab, size_t node, size_t n, const char *const *names)
{
    _cleanup_json_ json_t *list = NULL;

    list = fixture_attached(lab, &lab->topology->nodes[node]);
    assert_int_equal(json_array_size(list), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "name")),
                            names[i]);
}

/* The sentence of the program that is absent for that reason. */
static char *absent(const struct lab *lab, const char *name, const char *why)
{
    _cleanup_json_ json_t *list = NULL;
    const json_t *entry;
    size_t i;

    assert_int_equal(programs_absent(lab, &list), 0);
    json_array_foreach (list, i, entry)
        if (strcmp(json_string_value(json_object_get(entry, "name")), name) == 0 &&
            strcmp(json_string_value(json_object_get(entry, "why")), why) == 0)
            return strdup(json_string_value(json_object_get(entry, "error")));
    fail_msg("%s is not among the programs that are %s", name, why);
    return NULL;
}

static void expect_absent(const struct lab *lab, const char *name, const char *why,
                          const char *text)
{
    _cleanup_free_ char *error = absent(lab, name, why);

    if (!strstr(error, text))
        fail_msg("%s is %s: %s; expected '%s'", name, why, error, text);
}

static void expect_down(const struct lab *lab)
{
    assert_int_equal(programs_down(lab), 0);
    assert_int_equal(access(lab->bpf_dir, F_OK), -1);
}

/* On every node, and no node tries again what another one's kernel refused. */
static void goes_on(void **state)
{
    static const char *const rest[] = {"cgroup_connect4_prog", "sockops_prog"};
    struct lab *lab = fixture_up(two_nodes);

    (void)state;
    fixture_object("connect4", NULL);
    fixture_object("sockops", NULL);
    fixture_object("refused", NULL);
    assert_int_equal(up_partial(lab), 0);
    expect_attached(lab, 0, ARRAY_SIZE(rest), rest);
    expect_attached(lab, 1, ARRAY_SIZE(rest), rest);
    expect_absent(lab, "sendmsg_prog", "refused", "the verifier refused sendmsg_prog of 'refused");
    expect_absent(lab, "sendmsg_prog", "refused", "invalid mem access 'map_value_or_null'\n");
    expect_absent(lab, "sendmsg_prog", "refused", "return service[4];\n");
    expect_absent(lab, "sendmsg_prog", "refused", "\n    7: (71) r0 = *(u8 *)(r0 +4)");
    expect_absent(lab, "sendmsg_prog", "refused", ".verifier-sendmsg_prog.log");
    expect_absent(lab, "cgroup_connect6_prog", "missing", fixture.objects);
    assert_null(strstr(strstr(fixture.errors, "the verifier refused") + 1, "the verifier refused"));
    expect_down(lab);
}

static void goes_on_with_half_an_object(void **state)
{
    static const char *const rest[] = {"cgroup_connect4_prog"};
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("half", NULL);
    assert_int_equal(up_partial(lab), 0);
    expect_attached(lab, 0, ARRAY_SIZE(rest), rest);
    expect_absent(lab, "cgroup_connect6_prog", "refused", "invalid bpf_context access");
    expect_down(lab);
    /* Without being told to, it does not. */
    assert_true(fixture_programs(lab, fixture.objects) < 0);
    fixture_expect_error("invalid bpf_context access");
    assert_int_equal(access(lab->bpf_dir, F_OK), -1);
}

static void goes_on_without_an_object(void **state)
{
    static const char *const rest[] = {"cgroup_connect4_prog"};
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("connect4", NULL);
    fixture_object("no_map", NULL);
    assert_int_equal(up_partial(lab), 0);
    expect_attached(lab, 0, ARRAY_SIZE(rest), rest);
    expect_absent(lab, "sockops_prog", "refused", "cannot load 'no_map.bpf.o'");
    expect_down(lab);
}

static void goes_on_without_a_place(void **state)
{
    static const char *const rest[] = {"cgroup_connect4_prog"};
    struct lab *lab = fixture_up(one_node);
    char pin[256];

    (void)state;
    fixture_object("connect4", NULL);
    fixture_object("lonely", NULL);
    assert_int_equal(up_partial(lab), 0);
    expect_attached(lab, 0, ARRAY_SIZE(rest), rest);
    expect_absent(lab, "sendmsg_prog", "refused", "there is no sockhash to attach sendmsg_prog to");
    snprintf(pin, sizeof(pin), "%s/%s/programs/sendmsg_prog", lab->bpf_dir,
             lab->topology->nodes[0].name);
    assert_int_equal(access(pin, F_OK), -1);
    expect_down(lab);
}

static void goes_on_without_anything(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("endless", NULL);
    assert_int_equal(up_partial(lab), 0);
    expect_attached(lab, 0, 0, NULL);
    expect_absent(lab, "cgroup_connect4_prog", "refused", "the verifier refused");
    expect_absent(lab, "cgroup_connect4_prog", "refused", "endless.bpf.c:");
    expect_down(lab);
}

/* What the fixture's objects have is not in the list. */
static void expect_all_there(const json_t *list)
{
    static const char *const names[] = {"cgroup_connect4_prog", "cgroup_connect6_prog",
                                        "sockops_prog", "sendmsg_prog"};
    const json_t *entry;
    size_t i;

    json_array_foreach (list, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));

        assert_non_null(name);
        for (size_t n = 0; n < ARRAY_SIZE(names); n++)
            assert_string_not_equal(name, names[n]);
    }
}

static void whole_labs_lack_nothing(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_json_ json_t *list = NULL, *none = NULL;

    (void)state;
    fixture_all_objects();
    assert_int_equal(programs_absent(lab, &none), 0);
    assert_int_equal(json_array_size(none), 0);
    assert_int_equal(up_partial(lab), 0);
    assert_int_equal(programs_absent(lab, &list), 0);
    expect_all_there(list);
    expect_absent(lab, "cgroup_skb_egress_prog", "missing", "no object in");
    expect_down(lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(goes_on, fixture_down),
        cmocka_unit_test_teardown(goes_on_with_half_an_object, fixture_down),
        cmocka_unit_test_teardown(goes_on_without_an_object, fixture_down),
        cmocka_unit_test_teardown(goes_on_without_a_place, fixture_down),
        cmocka_unit_test_teardown(goes_on_without_anything, fixture_down),
        cmocka_unit_test_teardown(whole_labs_lack_nothing, fixture_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
