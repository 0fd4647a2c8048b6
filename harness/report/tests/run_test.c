// SPDX-License-Identifier: Apache-2.0
/* Directories as a runner leaves them, whole and broken: what is counted, said and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <mxml.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/junit.h"
#include "report/run.h"
#include "report/summary.h"
#include "report/tests/fixture.h"

struct run_case {
    const char *title;
    const char *plan, *ends, *tap, *err;
    size_t passed, failed, skipped;
    int code;
    const char *said; /* within the summary; NULL: the closing line is all */
    size_t inconclusive;
};

static const struct run_case run_table[] = {
    {"all passed", "a\tv6\tbats\t2\n", "a\tv6\texit\t0\t120\t\n", "1..2\nok 1 x\nok 2 y\n", "", 2,
     0, 0, 0, NULL, 0},
    {"one failed", "a\tv6\tbats\t2\n", "a\tv6\texit\t1\t120\t\n",
     "1..2\nok 1 x\nnot ok 2 y\n# because\n# because\n", "", 1, 1, 0, 1,
     "FAILED a: y [v6]\n    because\n    see ", 0},
    {"no end", "a\tv6\tbats\t2\n", "", "1..2\nok 1 x\nok 2 y\n", "", 2, 1, 0, 1,
     "FAILED a [v6]: has no end: it was killed, or the run was\n", 0},
    {"no output", "a\tv6\tbats\t3\n", "a\tv6\texit\t1\t9\t\n", NULL,
     "a.bats: line 3: syntax error\n", 0, 3, 0, 1,
     "FAILED a [v6]: printed no plan\n    a.bats: line 3: syntax error\n", 0},
    {"no output, nothing known", "a\tv6\tbats\t-\n", "a\tv6\texit\t0\t9\t\n", NULL, "", 0, 1, 0, 1,
     "printed no plan", 0},
    {"fell short", "a\tv6\tbats\t3\n", "a\tv6\texit\t1\t9\t\n", "1..3\nok 1 x\n", "", 1, 2, 0, 1,
     "FAILED a [v6]: 2 of 3 planned tests have no result\n", 0},
    {"planned less than selected", "a\tv6\tbats\t3\n", "a\tv6\texit\t0\t9\t\n", "1..1\nok 1 x\n",
     "", 1, 2, 0, 1, "FAILED a [v6]: planned 1 of the 3 tests that were selected\n", 0},
    {"hung in a test", "a\tv6\tbats\t2\n", "a\tv6\tlimit\t120\t9\tsleep 99 (7)\n",
     "1..2\n#@ 1 begin 1 x\n#@ 2\nok 1 x\n#@ 3 begin 2 y\n", "", 1, 1, 0, 1,
     "FAILED a [v6]: made no progress for 120 s and was killed, in the test: y; processes: sleep "
     "99 "
     "(7)",
     0},
    {"held its output", "a\tv6\tbats\t1\n", "a\tv6\theld\t120\t9\tsleep 99 (7)\n",
     "1..1\n#@ 1 begin 1 x\n#@ 2\nok 1 x\n", "", 1, 1, 0, 1,
     "after its last test: something holds on to its output; processes: sleep 99 (7)", 0},
    {"slow after its last test", "a\tv6\tbats\t1\n", "a\tv6\tlimit\t120\t9\tsleep 99 (7)\n",
     "1..1\n#@ 1 begin 1 x\n#@ 2\nok 1 x\n", "", 1, 1, 0, 1,
     "was killed, after its last test; processes: sleep 99 (7)", 0},
    {"an end that cannot be read", "a\tv6\tbats\t1\n", "a\tv6\twell\t0\t9\t\n", "1..1\nok 1 x\n",
     "", 1, 1, 0, 1, "FAILED a [v6]: has no end: it was killed, or the run was\n", 0},
    {"status without a failure", "a\tv6\tbats\t1\n", "a\tv6\texit\t139\t9\t\n", "1..1\nok 1 x\n",
     "", 1, 1, 0, 1, "ended with status 139, although no test of it failed", 0},
    {"garbage", "a\tv6\tbats\t1\n", "a\tv6\texit\t0\t9\t\n", "1..1\nok 1 x\nwhat?\n", "", 1, 1, 0,
     1, "FAILED a [v6]: line 3: this is not TAP: 'what?'", 0},
    {"a program's own lines", "a\t\tprogram\t-\n", "a\t\texit\t0\t9\t\n", "1..1\nhi\nok 1 - x\n",
     "", 1, 0, 0, 0, NULL, 0},
    {"skipped only", "a\tv6\tbats\t2\n", "a\tv6\texit\t0\t9\t\n",
     "1..2\nok 1 x # skip no io_uring\nok 2 y # skip no io_uring\n", "", 0, 0, 2, 2,
     "skipped (2): no io_uring\n    x [v6]\n    y [v6]\nnothing was tested: ", 0},
    {"nothing ran", "a\tv6\tbats\t0\n", "a\tv6\texit\t0\t9\t\n", "1..0\n", "", 0, 0, 0, 2, NULL, 0},
    {"one inconclusive", "a\tv6\tbats\t2\n", "a\tv6\texit\t1\t9\t\n",
     "1..2\nok 1 x\nnot ok 2 y\n# inconclusive: no turn\n# more\n", "", 1, 0, 0, 3,
     "INCONCLUSIVE a: y [v6]\n    no turn\n    see ", 1},
    {"a failure beside it", "a\tv6\tbats\t2\n", "a\tv6\texit\t1\t9\t\n",
     "1..2\nnot ok 1 x\nnot ok 2 y\n# inconclusive: no turn\n", "", 0, 1, 0, 1,
     "FAILED a: x [v6]\n", 1},
    {"nothing else", "a\tv6\tbats\t1\n", "a\tv6\texit\t1\t9\t\n",
     "1..1\nnot ok 1 x\n# inconclusive: no turn\n", "", 0, 0, 0, 3, "INCONCLUSIVE a: x", 1},
    {"starved", "a\tv6\tbats\t3\n", "a\tv6\tstarved\t2400\t9\tbash (7)\n",
     "1..3\n#@ 1 begin 1 x\n#@ 2\nok 1 x\n#@ 3 begin 2 y\n", "", 1, 0, 0, 3,
     "INCONCLUSIVE a [v6]: had too little of the machine: it was not at its end after 2400 s and "
     "was "
     "killed, in the test: y; processes: bash (7)",
     2},
    {"the kernel killed bats", "a\tv6\tbats\t3\n", "a\tv6\tshort\t137\t9\tshortage: memory\n",
     "1..3\n#@ 1 begin 1 x\n#@ 2\nok 1 x\n#@ 3 begin 2 y\n", "", 1, 0, 0, 3,
     "INCONCLUSIVE a [v6]: shortage: memory; it ended with status 137, in the test: y", 2},
    {"a failure in a shortage that all tests outlived", "a\tv6\tbats\t1\n",
     "a\tv6\tshort\t1\t9\tshortage: memory\n", "1..1\nnot ok 1 x\n", "", 0, 1, 0, 1,
     "FAILED a: x [v6]", 0},
    {"setup_file had no turn", "a\tv6\tbats\t2\n", "a\tv6\texit\t1\t9\t\n",
     "1..2\nnot ok 1 setup_file failed\n# inconclusive: no turn\n", "", 0, 0, 0, 3,
     "INCONCLUSIVE a: setup_file failed [v6]\n    no turn\n", 2},
    {"starved, and failed before", "a\tv6\tbats\t2\n", "a\tv6\tstarved\t2400\t9\t\n",
     "1..2\nnot ok 1 x\n", "", 0, 1, 0, 1, "FAILED a: x [v6]", 1},
    {"no end in all its time", "a\tv6\tbats\t2\n", "a\tv6\ttotal\t2400\t9\t\n", "1..2\nok 1 x\n",
     "", 1, 1, 0, 1, "FAILED a [v6]: did not end within 2400 s and was killed", 0},
    {"an empty plan", "", "", NULL, "", 0, 0, 0, 2, NULL, 0},
};

static char run_dir[] = "/tmp/waypost-run-test.XXXXXX";

static struct run *run_prepare(const struct run_case *c)
{
    struct run *run = NULL;
    bool has_variant = strstr(c->plan, "v6");

    fixture_write(run_dir, "plan", c->plan);
    fixture_write(run_dir, "ends", c->ends);
    fixture_write(run_dir, has_variant ? "a.v6.tap" : "a.tap", c->tap);
    fixture_write(run_dir, has_variant ? "a.v6.err" : "a.err", c->err);
    assert_int_equal(run_read(run_dir, false, &run), 0);
    return run;
}

static char *run_closing(const struct run_case *c)
{
    char more[40] = "", *closing = NULL;

    if (c->inconclusive)
        snprintf(more, sizeof(more), ", %zu inconclusive", c->inconclusive);
    assert_true(asprintf(&closing, "%zu passed, %zu failed, %zu skipped%s\n", c->passed, c->failed,
                         c->skipped, more) > 0);
    return closing;
}

static void run_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(run_table); i++) {
        const struct run_case *c = &run_table[i];
        _cleanup_(run_free) struct run *run = run_prepare(c);
        _cleanup_free_ char *summary = fixture_summary(run), *closing = NULL;

        print_message("# %s\n", c->title);
        assert_int_equal(run->passed, c->passed);
        assert_int_equal(run->failed, c->failed);
        assert_int_equal(run->skipped, c->skipped);
        assert_int_equal(run->inconclusive, c->inconclusive);
        assert_int_equal(run_exit_code(run, false), c->code);
        closing = run_closing(c);
        if (!c->said)
            assert_string_equal(summary, closing);
        else if (!strstr(summary, c->said))
            fail_msg("said '%s', expected '%s'", summary, c->said);
        assert_string_equal(summary + strlen(summary) - strlen(closing), closing);
    }
}

/* ---- JUnit ---- */

static long run_attribute(mxml_node_t *node, const char *name)
{
    const char *value = mxmlElementGetAttr(node, name);

    assert_non_null(value);
    return strtol(value, NULL, 10);
}

static long run_elements(mxml_node_t *xml, const char *name)
{
    long n = 0;

    for (mxml_node_t *node = xml; node; node = mxmlWalkNext(node, xml, MXML_DESCEND))
        n += mxmlGetElement(node) && strcmp(mxmlGetElement(node), name) == 0;
    return n;
}

static mxml_node_t *run_junit(const struct run *run)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    mxml_node_t *xml;

    assert_true(asprintf(&path, "%s/junit.xml", run_dir) > 0);
    assert_int_equal(junit_write(run, path), 0);
    file = fopen(path, "re");
    assert_non_null(file);
    xml = mxmlLoadFile(NULL, file, MXML_OPAQUE_CALLBACK);
    assert_non_null(xml);
    unlink(path);
    return xml;
}

/* Whatever went wrong, the file has as many test cases as the closing line counts. */
static void junit_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(run_table); i++) {
        const struct run_case *c = &run_table[i];
        _cleanup_(run_free) struct run *run = run_prepare(c);
        mxml_node_t *xml = run_junit(run);
        mxml_node_t *suites = mxmlFindElement(xml, xml, "testsuites", NULL, NULL, MXML_DESCEND);

        print_message("# %s\n", c->title);
        assert_int_equal(run_attribute(suites, "tests"),
                         c->passed + c->failed + c->skipped + c->inconclusive);
        assert_int_equal(run_attribute(suites, "failures"), c->failed);
        assert_int_equal(run_attribute(suites, "errors"), c->inconclusive);
        assert_int_equal(run_attribute(suites, "skipped"), c->skipped);
        assert_int_equal(run_elements(xml, "testcase"),
                         c->passed + c->failed + c->skipped + c->inconclusive);
        assert_int_equal(run_elements(xml, "error"), c->inconclusive);
        assert_int_equal(run_elements(xml, "failure"), c->failed);
        assert_int_equal(run_elements(xml, "skipped"), c->skipped);
        mxmlDelete(xml);
    }
}

static void junit_keeps_text(void **state)
{
    static const struct run_case c = {
        .plan = "a\tv6\tbats\t2\n",
        .ends = "a\tv6\texit\t1\t9\t\n",
        .tap = "1..2\n#@ 1000000 begin 1 <x> & \"y\"\n#@ 1250000\nnot ok 1 <x> & \"y\"\n"
               "# (in test file a.bats, line 7)\n#   `where' failed\n#   ]]> \033[31mred\033[0m "
               "\001 & <b>  two  blanks\nok 2 z # skip a < b\n",
        .err = "",
    };
    _cleanup_(run_free) struct run *run = run_prepare(&c);
    mxml_node_t *xml = run_junit(run);
    mxml_node_t *test = mxmlFindElement(xml, xml, "testcase", NULL, NULL, MXML_DESCEND);
    mxml_node_t *failure = mxmlFindElement(xml, xml, "failure", NULL, NULL, MXML_DESCEND);
    mxml_node_t *skipped = mxmlFindElement(xml, xml, "skipped", NULL, NULL, MXML_DESCEND);

    (void)state;
    assert_string_equal(mxmlElementGetAttr(test, "name"), "<x> & \"y\" [v6]");
    assert_string_equal(mxmlElementGetAttr(test, "time"), "0.250000");
    assert_string_equal(mxmlElementGetAttr(failure, "message"),
                        "  ]]> red \\x01 & <b>  two  blanks");
    assert_string_equal(
        mxmlGetOpaque(failure),
        "(in test file a.bats, line 7)\n  `where' failed\n  ]]> red \\x01 & <b>  two  blanks");
    assert_string_equal(mxmlElementGetAttr(skipped, "message"), "a < b");
    mxmlDelete(xml);
}

/* The message is the first line of what the test said; its text has the rest. */
static void junit_message_is_the_reason(void **state)
{
    static const struct run_case c = {
        .plan = "a\tv6\tbats\t3\n",
        .ends = "a\tv6\texit\t1\t9\t\n",
        .tap = "1..3\nnot ok 1 x\n# (in test file a.bats, line 7)\n#   `expect 1' failed\n"
               "# did: flow a\n# saw: b\n# bundle: /tmp/x\n"
               "not ok 2 y\n# (in test file a.bats, line 9)\n#   `false' failed\nnot ok 3 z\n",
        .err = "",
    };
    static const char *const messages[] = {"did: flow a", "`false' failed",
                                           "failed without a word"};
    _cleanup_(run_free) struct run *run = run_prepare(&c);
    mxml_node_t *xml = run_junit(run), *failure = xml;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
        failure = mxmlFindElement(failure, xml, "failure", NULL, NULL, MXML_DESCEND);
        assert_non_null(failure);
        assert_string_equal(mxmlElementGetAttr(failure, "message"), messages[i]);
    }
    mxmlDelete(xml);
}

static void junit_refuses(void **state)
{
    _cleanup_(run_free) struct run *run = run_prepare(&run_table[0]);

    (void)state;
    assert_int_equal(junit_write(run, "/nowhere/at/all.xml"), -ENOENT);
}

/* ---- what cannot be read ---- */

static void run_refuses(void **state)
{
    static const char *const plans[] = {"a\tv6\tbats\n", "a\tv6\tbats\tmany\n", "a\tv6\tbats\t-1\n",
                                        "../a\tv6\tbats\t1\n", "a\tv/6\tbats\t1\n"};
    struct run *run = NULL;

    (void)state;
    assert_int_equal(run_read("/nowhere/at/all", false, &run), -ENOENT);
    for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
        fixture_write(run_dir, "plan", plans[i]);
        assert_int_equal(run_read(run_dir, false, &run), -EINVAL);
    }
    assert_null(run);
}

/* The same assertion in two families is told once, another one is told again. */
static void summary_groups(void **state)
{
    static const struct run_case c = {
        .plan = "a\tv6\tbats\t1\na\tv4\tbats\t1\na\tmapped\tbats\t1\n",
        .ends = "a\tv6\texit\t1\t9\t\na\tv4\texit\t1\t9\t\na\tmapped\texit\t1\t9\t\n",
        .tap = "1..1\nnot ok 1 x\n# (from function `die' in file lib.bash, line 3,\n"
               "#  in test file a.bats, line 7)\n#   `expect 1' failed\n# actual: fd00::1\n",
        .err = "",
    };
    _cleanup_(run_free) struct run *first = NULL, *run = NULL;
    _cleanup_free_ char *summary = NULL;

    (void)state;
    fixture_write(run_dir, "a.v4.tap",
                  "1..1\nnot ok 1 x\n# (from function `die' in file lib.bash, line 3,\n"
                  "#  in test file a.bats, line 7)\n#   `expect 1' failed\n# actual: 1.1.1.1\n");
    fixture_write(run_dir, "a.mapped.tap",
                  "1..1\nnot ok 1 x\n# (in test file a.bats, line 8)\n#   `false' failed\n");
    first = run_prepare(&c);
    assert_int_equal(run_read(run_dir, false, &run), 0);
    summary = fixture_summary(run);
    assert_non_null(strstr(summary, "FAILED a: x [v6 v4]\n     in test file a.bats, line 7)\n"
                                    "      `expect 1' failed\n    actual: fd00::1\n    see "));
    assert_non_null(strstr(summary, "FAILED a: x [mapped]\n"));
    assert_null(strstr(summary, "1.1.1.1"));
    assert_non_null(strstr(summary, "\n0 passed, 3 failed, 0 skipped\n"));
    fixture_write(run_dir, "a.v4.tap", NULL);
    fixture_write(run_dir, "a.mapped.tap", NULL);
}

static void run_interrupted(void **state)
{
    static const struct run_case c = {
        .plan = "a\tv6\tbats\t3\nb\tv4\tbats\t2\n",
        .ends = "",
        .tap = "1..3\nok 1 x\nnot ok 2 y\n",
        .err = "",
    };
    _cleanup_(run_free) struct run *whole = run_prepare(&c), *run = NULL;
    _cleanup_free_ char *summary = NULL;

    (void)state;
    assert_int_equal(whole->failed, 4);
    assert_int_equal(run_read(run_dir, true, &run), 0);
    assert_int_equal(run->unfinished, 2);
    summary = fixture_summary(run);
    assert_non_null(strstr(summary, "interrupted: 2 of 2 files did not end\n1 passed, 1 failed, "));
}

/* ---- long reasons ---- */

static void summary_is_short(void **state)
{
    struct run_case c = {.plan = "a\tv6\tbats\t1\n", .ends = "a\tv6\texit\t1\t9\t\n", .err = ""};
    _cleanup_free_ char *tap = NULL, *summary = NULL;
    _cleanup_(run_free) struct run *run = NULL;
    size_t size, lines = 0;
    FILE *memory = open_memstream(&tap, &size);

    (void)state;
    assert_non_null(memory);
    fputs("1..1\nnot ok 1 x\n", memory);
    for (int i = 0; i < 500; i++)
        fprintf(memory, "# line %d\n# the same\n", i);
    fclose(memory);
    c.tap = tap;
    run = run_prepare(&c);
    summary = fixture_summary(run);
    for (const char *at = summary; (at = strchr(at, '\n')); at++)
        lines++;
    assert_in_range(lines, 20, 30);
    assert_non_null(strstr(summary, "    line 0\n    the same\n    line 1\n"));
    assert_non_null(strstr(summary, "more lines ...\n"));
    assert_non_null(strstr(summary, "    line 499\n    see "));
}

static void run_quiet(enum log_level level, const char *message, void *data)
{
    (void)data;
    print_message("# %d: %s\n", level, message);
}

static int run_setup(void **state)
{
    (void)state;
    log_set_sink(run_quiet, NULL);
    return mkdtemp(run_dir) ? 0 : -1;
}

static int run_teardown(void **state)
{
    static const char *const names[] = {"plan", "ends", "a.v6.tap", "a.v6.err", "a.tap", "a.err"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        fixture_write(run_dir, names[i], NULL);
    return rmdir(run_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_counts),      cmocka_unit_test(junit_numbers),
        cmocka_unit_test(run_refuses),     cmocka_unit_test(junit_keeps_text),
        cmocka_unit_test(junit_refuses),   cmocka_unit_test(junit_message_is_the_reason),
        cmocka_unit_test(run_interrupted), cmocka_unit_test(summary_is_short),
        cmocka_unit_test(summary_groups),
    };

    return cmocka_run_group_tests(tests, run_setup, run_teardown);
}
