// SPDX-License-Identifier: Apache-2.0
/* Every fixture is a stream as bats or cmocka prints it, or one that lies in some way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "report/tap.h"
#include "report/tap_directive.h"

#define FIXTURES "harness/report/tests/fixtures/"

struct tap_expected {
    const char *fixture;
    enum tap_dialect dialect;
    long planned;
    size_t passed, failed, skipped, missing;
    const char *problem; /* within the first problem; NULL: there is none */
};

static const struct tap_expected tap_table[] = {
    {"passed.tap", TAP_BATS, 3, 3, 0, 0, 0, NULL},
    {"failed.tap", TAP_BATS, 2, 1, 1, 0, 0, NULL},
    {"truncated.tap", TAP_BATS, 4, 1, 0, 0, 3, "line 4: cut off: 'not ok 2 the sec'"},
    {"cut.tap", TAP_BATS, 4, 1, 0, 0, 3, NULL},
    {"duplicate.tap", TAP_BATS, 3, 3, 0, 0, 0,
     "line 4: a number that is not in the plan, or twice"},
    {"out-of-plan.tap", TAP_BATS, 1, 1, 0, 0, 0, "line 3: a number that is not in the plan"},
    {"garbage.tap", TAP_BATS, 2, 2, 0, 0, 0, "line 3: this is not TAP: 'hello, world'"},
    {"no-plan.tap", TAP_BATS, -1, 0, 0, 0, 0, "line 1: a result before the plan"},
    {"empty.tap", TAP_BATS, -1, 0, 0, 0, 0, NULL},
    {"bail-out.tap", TAP_BATS, 3, 1, 0, 0, 2,
     "line 4: the stream says 'Bail out! the kernel is gone'"},
    {"skip.tap", TAP_BATS, 5, 1, 1, 3, 0, NULL},
    {"todo.tap", TAP_BATS, 3, 1, 2, 0, 0, NULL},
    {"todo.tap", TAP_PROGRAM, 3, 1, 2, 0, 0, NULL},
    {"directives.tap", TAP_BATS, 5, 1, 2, 2, 0, NULL},
    {"setup-file.tap", TAP_BATS, 3, 0, 1, 0, 2, NULL},
    {"teardown-file.tap", TAP_BATS, 2, 1, 1, 0, 0, NULL},
    {"colours.tap", TAP_BATS, 2, 1, 1, 0, 0, NULL},
    {"two-plans.tap", TAP_BATS, 1, 1, 0, 0, 0, "line 3: a second plan"},
    {"two-plans.tap", TAP_PROGRAM, 2, 2, 0, 0, 0, NULL},
    {"cmocka.tap", TAP_PROGRAM, 6, 3, 2, 1, 0, NULL},
    {"inconclusive.tap", TAP_BATS, 4, 1, 2, 0, 0, NULL},
    {"huge-plan.tap", TAP_BATS, -1, 0, 0, 0, 0, "line 1: this plan cannot be read"},
};

static struct tap_stream *tap_fixture(const char *name, enum tap_dialect dialect)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    struct tap_stream *stream = NULL;

    assert_true(asprintf(&path, FIXTURES "%s", name) > 0);
    file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(tap_read(file, dialect, &stream), 0);
    return stream;
}

static size_t tap_count(const struct tap_stream *stream, enum tap_outcome outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < stream->n_tests; i++)
        n += stream->tests[i].outcome == outcome;
    return n;
}

static void tap_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(tap_table); i++) {
        const struct tap_expected *e = &tap_table[i];
        _cleanup_(tap_free) struct tap_stream *stream = tap_fixture(e->fixture, e->dialect);
        const char *problem = stream->problems.n ? stream->problems.items[0] : "none";

        print_message("# %s\n", e->fixture);
        assert_int_equal(stream->planned, e->planned);
        assert_int_equal(tap_count(stream, TAP_PASSED), e->passed);
        assert_int_equal(tap_count(stream, TAP_FAILED), e->failed);
        assert_int_equal(tap_count(stream, TAP_SKIPPED), e->skipped);
        assert_int_equal(stream->missing, e->missing);
        if (!e->problem)
            assert_string_equal(problem, "none");
        else if (!strstr(problem, e->problem))
            fail_msg("problem '%s', expected '%s'", problem, e->problem);
    }
}

static void tap_names_and_times(void **state)
{
    _cleanup_(tap_free) struct tap_stream *stream = tap_fixture("passed.tap", TAP_BATS);

    (void)state;
    assert_string_equal(stream->tests[1].name, "CN-2 service with a waypoint: any port");
    assert_int_equal(stream->tests[0].elapsed_us, 12000);
    assert_int_equal(stream->tests[1].elapsed_us, 8000);
    assert_string_equal(stream->tests[2].name, "uses # in its name");
    assert_null(stream->tests[0].detail);
    assert_null(stream->running);
}

static void tap_detail(void **state)
{
    _cleanup_(tap_free) struct tap_stream *stream = tap_fixture("failed.tap", TAP_BATS);

    (void)state;
    assert_string_equal(stream->tests[1].detail,
                        "(from function `expect_peer' in file suites/lib/expect.bash, line 12,\n"
                        " in test file suites/101-connect.bats, line 7)\n"
                        "  `expect_peer waypoint:15008' failed\n"
                        "expected: waypoint:15008\n"
                        "actual:   web:8080");
    assert_int_equal(stream->tests[1].elapsed_us, -1);
}

static void tap_running_test(void **state)
{
    _cleanup_(tap_free) struct tap_stream *stream = tap_fixture("cut.tap", TAP_BATS);

    (void)state;
    assert_string_equal(stream->running, "the second");
}

static void tap_skip_reasons(void **state)
{
    _cleanup_(tap_free) struct tap_stream *bats = tap_fixture("skip.tap", TAP_BATS);
    _cleanup_(tap_free) struct tap_stream *todo = tap_fixture("todo.tap", TAP_BATS);
    _cleanup_(tap_free) struct tap_stream *cmocka = tap_fixture("cmocka.tap", TAP_PROGRAM);

    (void)state;
    assert_string_equal(bats->tests[0].name, "TL-2 io_uring");
    assert_string_equal(bats->tests[0].reason, "kernel has no io_uring");
    assert_string_equal(bats->tests[1].reason, "");
    assert_null(bats->tests[2].reason);
    assert_int_equal(bats->tests[3].outcome, TAP_FAILED);
    assert_string_equal(bats->tests[4].reason, "it");
    assert_string_equal(todo->tests[0].name, "one # TODO not there yet");
    assert_string_equal(cmocka->tests[2].name, "tap_skip");
    assert_string_equal(cmocka->tests[0].name, "tap_plan");
}

/* A test may be called anything; only what bats puts behind its name is a skip. */
static void tap_directives_in_names(void **state)
{
    _cleanup_(tap_free) struct tap_stream *stream = tap_fixture("directives.tap", TAP_BATS);

    (void)state;
    assert_string_equal(stream->tests[0].name, "waits # skip the queue");
    assert_int_equal(stream->tests[0].outcome, TAP_PASSED);
    assert_string_equal(stream->tests[1].name, "waits # skip the line");
    assert_string_equal(stream->tests[1].reason, "no queue here");
    assert_string_equal(stream->tests[2].name, "fails # TODO later");
    assert_int_equal(stream->tests[2].outcome, TAP_FAILED);
    assert_int_equal(stream->tests[3].outcome, TAP_FAILED);
    assert_string_equal(stream->tests[4].name, "is left # skip");
    assert_string_equal(stream->tests[4].reason, "");
}

static void tap_where_it_failed(void **state)
{
    static const char stack[] = "(from function `a' in file b, line 1,\n in test file c, line 2)\n";
    _cleanup_free_ char *status = NULL, *none = NULL;

    (void)state;
    assert_true(asprintf(&status, "%s  `d e' failed with status 3\nwords\n", stack) > 0);
    assert_string_equal(status + tap_where(status), "words\n");
    assert_true(asprintf(&none, "%s  `d e' failed", stack) > 0);
    assert_string_equal(none + tap_where(none), "");
    assert_int_equal(tap_where(stack), 0);
    assert_int_equal(tap_where("words\n  `d e' failed\n"), 0);
}

static void tap_cleans_text(void **state)
{
    _cleanup_(tap_free) struct tap_stream *stream = tap_fixture("colours.tap", TAP_BATS);

    (void)state;
    assert_string_equal(stream->tests[0].name, "green name");
    assert_string_equal(stream->tests[1].name, "bell \\x07 and  done");
    assert_string_equal(stream->tests[1].detail,
                        "expected a\\b & <c>\nbad \\xff utf-8, good \xc3\xa4, nul \\x01");
}

static void tap_long_line(void **state)
{
    _cleanup_(tap_free) struct tap_stream *stream = NULL;
    _cleanup_free_ char *text = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    (void)state;
    assert_non_null(memory);
    fputs("1..2\nok 1 ", memory);
    for (size_t i = 0; i < 3000000; i++)
        putc('x', memory);
    fputs("\nok 2 short\n", memory);
    fclose(memory);
    file = fmemopen(text, size, "r");
    assert_non_null(file);
    assert_int_equal(tap_read(file, TAP_BATS, &stream), 0);
    assert_int_equal(stream->n_tests, 2);
    assert_true(strlen(stream->tests[0].name) < 4096);
    assert_string_equal(stream->tests[1].name, "short");
}

static void tap_says_why_it_is_inconclusive(void **state)
{
    _cleanup_(tap_free) struct tap_stream *stream = tap_fixture("inconclusive.tap", TAP_BATS);

    (void)state;
    assert_int_equal(stream->tests[1].outcome, TAP_INCONCLUSIVE);
    assert_string_equal(stream->tests[1].reason,
                        "the flow: in 100.0 s of waiting it had its turn for 3.1 of 5.0 s");
    assert_int_equal(stream->tests[0].outcome, TAP_PASSED);
    assert_int_equal(stream->tests[2].outcome, TAP_FAILED);
    assert_null(stream->tests[2].reason);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tap_counts),
        cmocka_unit_test(tap_names_and_times),
        cmocka_unit_test(tap_detail),
        cmocka_unit_test(tap_running_test),
        cmocka_unit_test(tap_skip_reasons),
        cmocka_unit_test(tap_cleans_text),
        cmocka_unit_test(tap_directives_in_names),
        cmocka_unit_test(tap_where_it_failed),
        cmocka_unit_test(tap_long_line),
        cmocka_unit_test(tap_says_why_it_is_inconclusive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
