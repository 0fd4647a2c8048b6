// SPDX-License-Identifier: Apache-2.0
/* Variants, mixing, older layouts, and the objects next to the contract. */
#include "objects_fixture.h"

#include "common/json.h"
#include "maps/topology.h"
#include "maps/maps.h"
#include "objects/facts.h"
#include "lab/interface.h"

static const char one_node[] = "pods: [{name: a}]\n";

/* Which file a program was taken from. */
static void expect_from(const struct lab *lab, const char *program, const char *file,
                        const char *from)
{
    _cleanup_json_ json_t *list = NULL;
    const json_t *entry;
    size_t i;

    list = fixture_attached(lab, &lab->topology->nodes[0]);
    json_array_foreach (list, i, entry) {
        if (strcmp(json_string_value(json_object_get(entry, "name")), program) != 0)
            continue;
        assert_string_equal(json_string_value(json_object_get(entry, "file")), file);
        assert_string_equal(json_string_value(json_object_get(entry, "from")), from);
        return;
    }
    fail_msg("%s is not attached", program);
}

static void expect_variant(struct lab *lab, enum programs_variant variant, const char *file)
{
    struct programs_source source = {.dir = fixture.objects, .variant = variant};

    expect_up(lab, &source);
    expect_from(lab, "cgroup_connect4_prog", file, "objects");
    assert_int_equal(programs_down(lab), 0);
}

/* What they call tells, though their names say the opposite. */
static void test_variant_inside(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    fixture_object("modern", "a_compat_bpfel");
    fixture_object("connect4", "b_bpfel");
    expect_variant(lab, PROGRAMS_NORMAL, "a_compat_bpfel.bpf.o");
    expect_variant(lab, PROGRAMS_COMPAT, "b_bpfel.bpf.o");
}

static void test_variant_by_name(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_(bytes_free) struct bytes object = read_object("connect4");

    (void)state;
    write_object("acompat_bpfel.o", object.data, object.size);
    write_object("b_bpfel.o", object.data, object.size);
    expect_variant(lab, PROGRAMS_NORMAL, "b_bpfel.o");
    expect_variant(lab, PROGRAMS_COMPAT, "acompat_bpfel.o");
    write_object("c_bpfel.o", object.data, object.size);
    expect_refused(lab, -EEXIST, "'b_bpfel.o'", "'c_bpfel.o'");
    assert_int_equal(unlink(in_objects("acompat_bpfel.o")), 0);
    assert_int_equal(unlink(in_objects("c_bpfel.o")), 0);
    /* The only one there is is taken. */
    expect_variant(lab, PROGRAMS_COMPAT, "b_bpfel.o");
}

static void point_to_own(void)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof(path), "%s/../bpf", fixture_directory);
    setenv("WAYPOST_OBJECTS", path, 1);
}

static void test_mix(void **state)
{
    /* The lab is without a network: there is no interface to attach to. */
    struct lab *lab = fixture_up("pods: [{name: a, managed: false}]\n");
    struct programs_source source = {.dir = fixture.objects, .mix = true};

    (void)state;
    point_to_own();
    fixture_object("connect4", NULL);
    expect_up(lab, &source);
    expect_from(lab, "cgroup_connect4_prog", "connect4.bpf.o", "objects");
    expect_from(lab, "cgroup_connect6_prog", "cgroup_connect6.bpf.o", "suite");
    assert_int_equal(programs_down(lab), 0);
    unsetenv("WAYPOST_OBJECTS");
}

static json_t *dump(const struct lab *lab, const char *map)
{
    json_t *entries = NULL;

    assert_int_equal(map_dump(lab, &lab->topology->nodes[0], map, &entries), 0);
    return entries;
}

/* Names, sizes and slots of 2024: found under the contract's names, written in their own layout. */
static void test_old_layout(void **state)
{
    struct lab *lab = fixture_up(
        "pods: [{name: a, uid: 7}, {name: b, uid: 8}]\n"
        "services: [{name: s, id: 5, policy: failover, ports: [{port: 80, target: 8080}],\n"
        "  endpoints: [{pod: a}, {pod: b, priority: 1}]}]\n");
    _cleanup_json_ json_t *services = NULL, *endpoints = NULL, *slots = NULL;
    int id, count, policy, port, service, index, uid, slot;

    (void)state;
    fixture_object("old", NULL);
    expect_up(lab, &(struct programs_source){.dir = fixture.objects});
    assert_int_equal(maps_write_topology(lab), 0);
    services = dump(lab, "km_service");
    assert_int_equal(json_unpack(services, "[{s:{s:i}, s:{s:i, s:i, s:[i]}}]", "key", "id", &id,
                                 "value", "counts", &count, "policy", &policy, "ports", &port),
                     0);
    assert_int_equal(id, 5);
    assert_int_equal(count, 1);
    assert_int_equal(policy, 2);
    assert_int_equal(port, 80);
    /* The endpoint of the lower priority has no place. */
    endpoints = dump(lab, "km_endpoint");
    assert_int_equal(json_array_size(endpoints), 1);
    assert_int_equal(json_unpack(endpoints, "[{s:{s:i, s:i}, s:{s:i}}]", "key", "service", &service,
                                 "index", &index, "value", "uid", &uid),
                     0);
    assert_int_equal(service, 5);
    assert_int_equal(index, 1);
    assert_int_equal(uid, 7);
    slots = dump(lab, "km_cgr_tailcall");
    assert_int_equal(json_unpack(slots, "[{s:{s:i}}]", "key", "slot", &slot), 0);
    assert_int_equal(slot, 1);
    assert_int_equal(programs_down(lab), 0);
    expect_nothing_stays(lab);
}

static void set_state(void)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/interface", fixture.root);
    setenv("WAYPOST_STATE", path, 1);
}

static json_t *interface_of(const char *dir, int expected)
{
    struct programs_source source = {.dir = dir};
    json_t *report = NULL;
    int loaded = 1;

    if (programs_interface(&source, &report, &loaded) < 0 || (loaded < 0) != (expected < 0))
        fail_msg("not compared, or loaded otherwise: %s", fixture.errors);
    return report;
}

static const json_t *find_named(const json_t *report, const char *list, const char *name)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(report, list), i, entry)
        if (strcmp(json_string_value(json_object_get(entry, "name")), name) == 0)
            return entry;
    fail_msg("no '%s' among the %s", name, list);
    return NULL;
}

static void expect_difference(const json_t *report, const char *text)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(report, "differences"), i, entry)
        if (strstr(json_string_value(json_object_get(entry, "text")), text))
            return;
    fail_msg("no difference says '%s'", text);
}

static void test_interface(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_json_ json_t *report = NULL;
    const json_t *program;

    (void)state;
    set_state();
    fixture_object("xdp", NULL);
    fixture_object("old", NULL);
    report = interface_of(fixture.objects, 0);
    program = find_named(report, "programs", "policies_check");
    assert_string_equal(json_string_value(json_object_get(program, "section")), "xdp_auth");
    assert_int_equal(json_integer_value(json_object_get(program, "verified_instructions")), 2);
    assert_string_equal(json_string_value(json_object_get(program, "stack")), "0");
    assert_true(
        json_is_null(json_object_get(find_named(report, "programs", "sockops_prog"), "file")));
    assert_string_equal(
        json_string_value(json_object_get(find_named(report, "maps", "km_service"), "layout")),
        "2024-06");
    assert_true(json_is_null(json_object_get(find_named(report, "maps", "outer_map"), "contract")));
    expect_difference(report, "has program sockops_prog");
    expect_difference(report, "has map 'km_socket'");
    expect_difference(report, "map 'km_service' is called 'kmesh_service' in 'old.bpf.o'");
    expect_difference(report,
                      "map 'km_service' of 'old.bpf.o' has value size 108, the contract 132");
    expect_difference(report, "map 'km_endpoint' of 'old.bpf.o' has key size 8, the contract 12");
    expect_difference(report, "slot 1 of 'km_xdp_tailcall' stays empty: it is for policy_check");
    expect_difference(report, "slot 0 of 'km_cgr_tailcall' stays empty: it is for "
                              "cgroup_connect4_prog");
    expect_nothing_stays(lab);
}

static void test_interface_refused(void **state)
{
    struct lab *lab = fixture_up(one_node);
    _cleanup_json_ json_t *wrong = NULL, *refused = NULL;
    const json_t *program;

    (void)state;
    set_state();
    fixture_object("wrong_map", NULL);
    wrong = interface_of(fixture.objects, 0);
    expect_difference(wrong, "'km_service' of 'wrong_map.bpf.o' is array");
    program = find_named(wrong, "programs", "cgroup_connect4_prog");
    assert_true(json_is_null(json_object_get(program, "verified_instructions")));
    assert_int_equal(unlink(in_objects("wrong_map.bpf.o")), 0);
    fixture_object("endless", NULL);
    fixture_object("connect6", NULL);
    refused = interface_of(fixture.objects, -1);
    fixture_expect_error("cgroup_connect4_prog");
    /* The others are looked at all the same. */
    program = find_named(refused, "programs", "cgroup_connect6_prog");
    assert_true(json_is_integer(json_object_get(program, "verified_instructions")));
    assert_int_equal(json_array_size(json_object_get(refused, "refused")), 1);
    expect_nothing_stays(lab);
}

/* Only read: not even what the kernel would refuse is asked about. */
static void test_interface_unloaded(void **state)
{
    struct programs_source source = {.dir = fixture.objects, .unloaded = true};
    _cleanup_json_ json_t *report = NULL;
    const json_t *program;
    int loaded = 1;

    (void)state;
    fixture_up(one_node);
    set_state();
    fixture_object("endless", NULL);
    assert_int_equal(programs_interface(&source, &report, &loaded), 0);
    assert_int_equal(loaded, 0);
    program = find_named(report, "programs", "cgroup_connect4_prog");
    assert_true(json_is_null(json_object_get(program, "verified_instructions")));
    assert_int_equal(json_array_size(json_object_get(report, "refused")), 0);
}

static void test_facts(void **state)
{
    struct program_facts facts = {};

    (void)state;
    program_facts_read("", &facts);
    program_facts_read("stack depth\nprocessed x insns", &facts);
    assert_string_equal(facts.stack, "");
    program_facts_read("verification time 9 usec\nstack depth 120+16\nprocessed 3 insns (limit "
                       "1000000) max_states_per_insn 1 total_states 5 peak_states 4 mark_read 2\n",
                       &facts);
    assert_string_equal(facts.stack, "120+16");
    assert_int_equal(facts.total_states, 5);
    assert_int_equal(facts.peak_states, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test_teardown(test_variant_inside, fixture_down),
        cmocka_unit_test_teardown(test_variant_by_name, fixture_down),
        cmocka_unit_test_teardown(test_mix, fixture_down),
        cmocka_unit_test_teardown(test_old_layout, fixture_down),
        cmocka_unit_test_teardown(test_interface, fixture_down),
        cmocka_unit_test_teardown(test_interface_refused, fixture_down),
        cmocka_unit_test_teardown(test_interface_unloaded, fixture_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
