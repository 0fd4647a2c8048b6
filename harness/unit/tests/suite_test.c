// SPDX-License-Identifier: Apache-2.0
/* Test objects from harness/unit/tests/bpf, most of them broken, and what is reported of them. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "unit/suite.h"

static void suite_path(const char *name, char out[PATH_MAX])
{
    char self[PATH_MAX] = "";
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    assert_true(length > 0);
    *strrchr(self, '/') = '\0';
    assert_true(snprintf(out, PATH_MAX, "%s/bpf/unit/%s.bpf.o", self, name) < PATH_MAX);
}

/* The TAP of one object; the caller frees it. */
static char *suite_tap(const char *name, const struct unit_request *request)
{
    struct unit_report report = {0};
    char path[PATH_MAX];
    char *text = NULL;
    size_t size;
    FILE *out;

    if (geteuid() != 0)
        skip();
    suite_path(name, path);
    out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(unit_report_begin(&report), 0);
    unit_suite_run(path, request, &report);
    assert_int_equal(unit_report_end(&report, out), 0);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void expect_tap(const char *name, const struct unit_request *request, const char *want)
{
    _cleanup_free_ char *got = suite_tap(name, request);

    assert_string_equal(got, want);
}

static const struct unit_request plain;

static void an_object_without_tests_fails(void **state)
{
    (void)state;
    expect_tap("none", &plain,
               "1..1\n"
               "not ok 1 - none\n"
               "# no test found: no program is in a section TYPE/test/NAME/check\n");
}

static void tests_that_cannot_be_run_fail_and_the_others_run(void **state)
{
    (void)state;
    expect_tap("wrong", &plain,
               "1..6\n"
               "not ok 1 - wrong: a phase\n"
               "# section 'tc/test/a phase/chek': must be TYPE/test/NAME/ and then pktgen, setup, "
               "jump or check\n"
               "not ok 2 - wrong: a pktgen alone\n"
               "# it has a pktgen and no check: nothing would look at the result\n"
               "not ok 3 - wrong: a setup alone\n"
               "# it has a setup and no check: nothing would look at the result\n"
               "not ok 4 - wrong: check\n"
               "# section 'tc/test/check': must be TYPE/test/NAME/ and then pktgen, setup, jump or "
               "check\n"
               "ok 5 - wrong: good\n"
               "not ok 6 - wrong: twice\n"
               "# twice_a and twice_b are both its check\n");
}

static void a_setup_and_a_jump_are_one_too_many(void **state)
{
    (void)state;
    expect_tap("both", &plain,
               "1..1\n"
               "not ok 1 - both: both\n"
               "# both_setup and both_jump are both its setup or jump\n");
}

static void an_unknown_type_fails(void **state)
{
    (void)state;
    expect_tap("type", &plain,
               "1..1\nnot ok 1 - type\n"
               "# section 'teapot/test/type/check': there are no programs of type 'teapot'\n");
}

static void an_object_without_a_result_map_fails(void **state)
{
    (void)state;
    expect_tap("no_map", &plain,
               "1..1\n"
               "not ok 1 - no_map: no map\n# the object has no suite_result_map\n");
}

static void what_the_verifier_refuses_is_said_in_short(void **state)
{
    _cleanup_free_ char *tap = suite_tap("refused", &plain);

    (void)state;
    assert_non_null(strstr(tap, "not ok 1 - refused\n# the verifier refuses refused: "));
    assert_non_null(strstr(tap, "invalid mem access"));
    assert_in_range(strlen(tap), 1, 1000);
}

static void a_file_that_is_none_fails(void **state)
{
    _cleanup_free_ char *tap = suite_tap("missing", &plain);

    (void)state;
    assert_non_null(strstr(tap, "not ok 1 - missing\n# cannot open "));
}

static void every_verdict_is_reported(void **state)
{
    (void)state;
    expect_tap("verdicts", &plain,
               "1..11\n"
               "ok 1 - verdicts: a cases: passes\n"
               "not ok 2 - verdicts: a cases: fails\n"
               "# verdicts.bpf.c:14: 1 + 1 is 2, must be 3\n"
               "ok 3 - verdicts: a cases: is skipped # SKIP verdicts.bpf.c:17: not today\n"
               "not ok 4 - verdicts: a cases: ends in the middle\n"
               "# verdicts.bpf.c:22: does not hold: false\n"
               "ok 5 - verdicts: b fails as a whole: passes\n"
               "not ok 6 - verdicts: b fails as a whole\n"
               "# verdicts.bpf.c:34: the number is -7\n"
               "not ok 7 - verdicts: c error\n"
               "# the program ended with an error of the framework, not with a verdict\n"
               "ok 8 - verdicts: d skip # SKIP the test says so\n"
               "not ok 9 - verdicts: e no status\n"
               "# check returned 77, which is no status\n"
               "not ok 10 - verdicts: f left by a return\n"
               "# the result map makes no sense: a test has no name: was it left by a return?\n"
               "ok 11 - verdicts: g the map was cleared\n");
}

static void what_newer_objects_have_is_known(void **state)
{
    (void)state;
    expect_tap("newer", &plain,
               "1..9\n"
               "not ok 1 - newer: a tail call: fails\n"
               "ok 2 - newer: a tail call: is skipped # SKIP the test says so\n"
               "ok 3 - newer: a tail call: passes\n"
               "not ok 4 - newer: b error\n"
               "# the program ended with an error of the framework, not with a verdict\n"
               "not ok 5 - newer: c fail\n"
               "ok 6 - newer: d skip # SKIP the test says so\n"
               "not ok 7 - newer: e no status\n"
               "# check returned 104, which is no status\n"
               "not ok 8 - newer: f no packet\n"
               "# packet_pktgen ended with the status 100, and check did not run\n"
               "not ok 9 - newer: g no setup\n"
               "# setup_setup ended with the status 102, and check did not run\n");
}

static void a_result_map_that_makes_no_sense_fails(void **state)
{
    (void)state;
    expect_tap("nonsense", &plain,
               "1..4\n"
               "not ok 1 - nonsense: a field\n"
               "# the result map makes no sense: it has a field that is neither test nor log\n"
               "not ok 2 - nonsense: behind the end\n"
               "# the result map makes no sense: it goes on behind its end\n"
               "not ok 3 - nonsense: cut off\n"
               "# the result map makes no sense: it is cut off or damaged\n"
               "not ok 4 - nonsense: status\n"
               "# the result map makes no sense: a test is cut off or damaged\n");
}

static void packet_context_and_answer_flow_and_maps_are_shared(void **state)
{
    static const char *const globals[] = {"setting=6", "no_such_variable=1", NULL};
    bool taken[2] = {false};
    struct unit_request request = {.settings = {.globals = globals, .taken = taken}};

    (void)state;
    expect_tap("flow", &request,
               "1..5\n"
               "ok 1 - flow: 1 xdp\nok 2 - flow: 2 tc\nok 3 - flow: 3 setting\n"
               "ok 4 - flow: 4 cgroup_skb\n"
               "ok 5 - flow: 5 sk_msg # SKIP this kernel cannot run sk_msg programs by "
               "BPF_PROG_TEST_RUN\n");
    assert_true(taken[0]);
    assert_false(taken[1]);
}

static void a_value_that_does_not_fit_is_refused(void **state)
{
    static const char *const globals[] = {"setting=0x100000000", NULL};
    struct unit_request request = {.settings.globals = globals};
    _cleanup_free_ char *tap = suite_tap("flow", &request);

    (void)state;
    assert_non_null(strstr(tap, "no integer that can hold it"));
}

static void tests_with_a_jump_have_maps_of_their_own(void **state)
{
    (void)state;
    expect_tap("fresh", &plain,
               "1..2\n"
               "ok 1 - fresh: a\nok 2 - fresh: b\n");
}

static void a_filter_selects(void **state)
{
    static const char *const filters[] = {"fresh: b", NULL};
    struct unit_request request = {.filters = filters};

    (void)state;
    expect_tap("fresh", &request,
               "1..1\n"
               "ok 1 - fresh: b\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_without_tests_fails),
        cmocka_unit_test(tests_that_cannot_be_run_fail_and_the_others_run),
        cmocka_unit_test(a_setup_and_a_jump_are_one_too_many),
        cmocka_unit_test(an_unknown_type_fails),
        cmocka_unit_test(an_object_without_a_result_map_fails),
        cmocka_unit_test(what_the_verifier_refuses_is_said_in_short),
        cmocka_unit_test(a_file_that_is_none_fails),
        cmocka_unit_test(every_verdict_is_reported),
        cmocka_unit_test(what_newer_objects_have_is_known),
        cmocka_unit_test(a_result_map_that_makes_no_sense_fails),
        cmocka_unit_test(packet_context_and_answer_flow_and_maps_are_shared),
        cmocka_unit_test(a_value_that_does_not_fit_is_refused),
        cmocka_unit_test(tests_with_a_jump_have_maps_of_their_own),
        cmocka_unit_test(a_filter_selects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
