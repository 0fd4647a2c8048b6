// SPDX-License-Identifier: Apache-2.0
/* Files of expectations, well and badly made, and what they change about a run. */
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
#include "report/expect.h"
#include "report/families.h"
#include "report/junit.h"
#include "report/summary.h"
#include "report/tests/fixture.h"

#define FIXTURES "harness/report/tests/fixtures/expect"

static char said[8192];
static char dir[] = "/tmp/waypost-expect-test.XXXXXX";

static void take_said(enum log_level level, const char *message, void *data)
{
    size_t used = strlen(said);

    (void)level;
    (void)data;
    snprintf(said + used, sizeof(said) - used, "%s\n", message);
}

static struct expectations *read_fixture(const char *name, int expected)
{
    _cleanup_free_ char *path = NULL;
    struct expectations *e = NULL;

    said[0] = '\0';
    assert_true(asprintf(&path, FIXTURES "/%s", name) > 0);
    assert_int_equal(expect_read(path, &e), expected);
    return e;
}

static void expect_said(const char *text)
{
    if (!strstr(said, text))
        fail_msg("said '%s', expected '%s'", said, text);
}

static size_t lines_said(void)
{
    size_t n = 0;

    for (const char *at = said; (at = strchr(at, '\n')); at++)
        n++;
    return n;
}

/* ---- reading ---- */

static void expect_line_is(const struct expect_line *line, size_t number, const char *const text[7])
{
    assert_int_equal(line->number, number);
    assert_string_equal(line->id, text[0]);
    assert_string_equal(line->file, text[1]);
    assert_string_equal(line->test, text[2]);
    assert_string_equal(families_text(line->families), text[3]);
    assert_string_equal(line->reason, text[4]);
    assert_string_equal(line->link, text[5]);
    assert_string_equal(line->expiry, text[6]);
}

static void reads_lines(void **state)
{
    static const char *const lines[][7] = {
        {"TL-1", "a", "TL-1 one", "v6", "one is too few", "https://example.org/issues/1",
         "2030-06-30"},
        {"TL-2", "a", "TL-2 two [with brackets]", "", "no blanks needed", "docs/findings.md#two",
         "2030-12-31"},
        {"CN-1", "b", "CN-1 three", "v4 mapped", "three", "#3", "2028-02-29"},
        {"-", "b", "no row", "", "a test without a row", "#4", "2030-12-31"},
    };
    _cleanup_(expect_free) struct expectations *e = read_fixture("good.txt", 0);

    (void)state;
    assert_int_equal(e->n_lines, ARRAY_SIZE(lines));
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        expect_line_is(&e->lines[i], i + 3, lines[i]);
    assert_int_equal(expect_verify(e, FIXTURES), 0);
    assert_string_equal(said, "");
}

static void reads_nothing(void **state)
{
    _cleanup_(expect_free) struct expectations *e = read_fixture("empty.txt", 0);

    (void)state;
    assert_int_equal(e->n_lines, 0);
    assert_int_equal(expect_verify(e, FIXTURES), 0);
    assert_null(read_fixture("no-such.txt", -ENOENT));
    expect_said("no-such.txt");
}

static void refuses_malformed(void **state)
{
    static const char *const mistakes[] = {
        ":1: has 4 fields, must have 5: ID | FILE: TEST",
        ":2: has 6 fields, must have 5",
        ":3: the ID must be one word",
        ":4: the ID must be one word",
        ":5: the test must be FILE: NAME",
        ":6: the test must be FILE: NAME",
        ":7: the test must be FILE: NAME",
        ":8: the test's name must begin with the ID",
        ":9: there is no reason",
        ":10: the link must be one word",
        ":11: the link must be one word",
        ":12: the expiry must be a date, YYYY-MM-DD",
        ":13: the expiry must be a date, YYYY-MM-DD",
        ":14: the expiry must be a date, YYYY-MM-DD",
        ":15: the expiry must be a date, YYYY-MM-DD",
        ":16: the expiry must be a date, YYYY-MM-DD",
    };

    (void)state;
    assert_null(read_fixture("malformed.txt", -EINVAL));
    assert_int_equal(lines_said(), ARRAY_SIZE(mistakes));
    for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
        _cleanup_free_ char *text = NULL;

        assert_true(asprintf(&text, FIXTURES "/malformed.txt%s", mistakes[i]) > 0);
        expect_said(text);
    }
}

static void refuses_unknown(void **state)
{
    _cleanup_(expect_free) struct expectations *e = read_fixture("unknown.txt", 0);

    (void)state;
    assert_int_equal(expect_verify(e, FIXTURES), -EINVAL);
    expect_said(":2: there is no test 'b: TL-1 one'\n");
    expect_said(":3: there is no test 'a: TL-9 nine'\n");
    expect_said(":4: the test does not run in mapped, only in: v4 v6\n");
    expect_said(":5: there is no test 'b: CN-1 three [v7]'\n");
    expect_said(":6: line 1 is about the same test\n");
    assert_int_equal(lines_said(), 5);
    assert_int_equal(expect_verify(e, "/nowhere"), -ENOENT);
}

/* ---- applying ---- */

struct apply_case {
    const char *title, *lines, *tap_v4, *tap_v6;
    size_t passed, failed, skipped;
    int code;
    const char *said[3]; /* within the summary */
};

#define TODAY    "2030-01-15"
#define ONE_V6   "TL-1 | a: TL-1 one [v6] | too few | #1 | 2030-01-15\n"
#define ONE_ALL  "TL-1 | a: TL-1 one | too few | #1 | 2030-06-30\n"
#define ONE_PAST "TL-1 | a: TL-1 one | too few | #1 | 2030-01-14\n"
#define BAD      "1..2\nnot ok 1 TL-1 one\n# because\nok 2 TL-2 two\n"
#define GOOD     "1..2\nok 1 TL-1 one\nok 2 TL-2 two\n"

static const struct apply_case apply_table[] = {
    {"no lines", "", BAD, GOOD, 3, 1, 0, 1, {"FAILED a: TL-1 one [v4]\n    because\n"}},
    {"expected in both",
     ONE_ALL,
     BAD,
     BAD,
     2,
     0,
     2,
     0,
     {"skipped (2): expected: too few (#1, until 2030-06-30)\n    TL-1 one [v4]\n"}},
    {"on its last day, in one of two families",
     ONE_V6,
     BAD,
     BAD,
     2,
     1,
     1,
     1,
     {"FAILED a: TL-1 one [v4]\n    because\n", "skipped (1): expected: too few"}},
    {"another test fails",
     "TL-2 | a: TL-2 two | other | #2 | 2030-06-30\n",
     "1..2\nnot ok 1 TL-1 one\n# because\nnot ok 2 TL-2 two\n",
     "1..2\nok 1 TL-1 one\nnot ok 2 TL-2 two\n",
     1,
     1,
     2,
     1,
     {"FAILED a: TL-1 one [v4]", "skipped (2): expected: other"}},
    {"passes",
     ONE_ALL,
     GOOD,
     BAD,
     2,
     1,
     1,
     1,
     {"FAILED a: TL-1 one [v4]\n    expected to fail, and passed: ", ":1 can go\n",
      "      expected: too few (#1, until 2030-06-30)\n"}},
    {"passes, and fails sometimes",
     "TL-1 | a: TL-1 one | sometimes: too few | #1 | 2030-06-30\n",
     GOOD,
     BAD,
     3,
     0,
     1,
     0,
     {"skipped (1): expected: sometimes: too few"}},
    {"is skipped, or was not selected",
     ONE_ALL,
     "1..2\nok 1 TL-1 one # skip no luck\nok 2 TL-2 two\n",
     "1..1\nok 1 TL-2 two\n",
     2,
     0,
     1,
     0,
     {"skipped (1): no luck"}},
    {"expired, and fails",
     ONE_PAST,
     BAD,
     GOOD,
     3,
     2,
     0,
     1,
     {"FAILED a: TL-1 one [v4]\n    because\n",
      "FAILED expectations: line 1, a: TL-1 one\n    expired: it was to hold until 2030-01-14: too "
      "few (#1)\n    see "}},
    {"expired, and passes", ONE_PAST, GOOD, GOOD, 4, 1, 0, 1, {"FAILED expectations: line 1"}},
    {"two that expired",
     ONE_PAST "TL-2 | a: TL-2 two | x | #2 | 2029-12-31\n",
     GOOD,
     GOOD,
     4,
     2,
     0,
     1,
     {"FAILED expectations: line 1", "FAILED expectations: line 2"}},
    {"a stream that is broken besides",
     ONE_ALL,
     "1..2\nnot ok 1 TL-1 one\nok 2 TL-2 two\nwhat?\n",
     BAD,
     2,
     1,
     2,
     1,
     {"FAILED a [v4]: line 4: this is not TAP: 'what?'"}},
    {"a test without a result",
     ONE_ALL,
     "1..2\nok 2 TL-2 two\n",
     BAD,
     2,
     1,
     1,
     1,
     {"FAILED a [v4]: 1 of 2 planned tests have no result"}},
};

static struct run *apply_prepare(const struct apply_case *c)
{
    _cleanup_(expect_free) struct expectations *e = NULL;
    _cleanup_free_ char *path = NULL;
    struct run *run = NULL;

    fixture_write(dir, "plan", "a\tv4\tbats\t-\na\tv6\tbats\t-\n");
    fixture_write(dir, "ends", "a\tv4\texit\t1\t9\t\na\tv6\texit\t1\t9\t\n");
    if (!strstr(c->tap_v4, "not ok") && !strstr(c->tap_v6, "not ok"))
        fixture_write(dir, "ends", "a\tv4\texit\t0\t9\t\na\tv6\texit\t0\t9\t\n");
    else if (!strstr(c->tap_v6, "not ok"))
        fixture_write(dir, "ends", "a\tv4\texit\t1\t9\t\na\tv6\texit\t0\t9\t\n");
    else if (!strstr(c->tap_v4, "not ok"))
        fixture_write(dir, "ends", "a\tv4\texit\t0\t9\t\na\tv6\texit\t1\t9\t\n");
    fixture_write(dir, "a.v4.tap", c->tap_v4);
    fixture_write(dir, "a.v6.tap", c->tap_v6);
    fixture_write(dir, "expect.txt", c->lines);
    assert_true(asprintf(&path, "%s/expect.txt", dir) > 0);
    assert_int_equal(expect_read(path, &e), 0);
    assert_int_equal(run_read(dir, false, &run), 0);
    assert_int_equal(expect_apply(e, TODAY, run), 0);
    return run;
}

static void applies(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(apply_table); i++) {
        const struct apply_case *c = &apply_table[i];
        _cleanup_(run_free) struct run *run = apply_prepare(c);
        _cleanup_free_ char *summary = fixture_summary(run), *closing = NULL;

        print_message("# %s\n", c->title);
        for (size_t s = 0; s < ARRAY_SIZE(c->said) && c->said[s]; s++)
            if (!strstr(summary, c->said[s]))
                fail_msg("said '%s', expected '%s'", summary, c->said[s]);
        assert_true(asprintf(&closing, "%zu passed, %zu failed, %zu skipped\n", c->passed,
                             c->failed, c->skipped) > 0);
        assert_string_equal(summary + strlen(summary) - strlen(closing), closing);
        assert_int_equal(run_exit_code(run, false), c->code);
    }
}

static long elements(mxml_node_t *xml, const char *name)
{
    long n = 0;

    for (mxml_node_t *node = xml; node; node = mxmlWalkNext(node, xml, MXML_DESCEND))
        n += mxmlGetElement(node) && strcmp(mxmlGetElement(node), name) == 0;
    return n;
}

/* The JUnit file counts what the closing line counts. */
static void junit_agrees(void **state)
{
    _cleanup_free_ char *path = NULL;

    (void)state;
    assert_true(asprintf(&path, "%s/junit.xml", dir) > 0);
    for (size_t i = 0; i < ARRAY_SIZE(apply_table); i++) {
        const struct apply_case *c = &apply_table[i];
        _cleanup_(run_free) struct run *run = apply_prepare(c);
        mxml_node_t *xml;
        FILE *file;

        print_message("# %s\n", c->title);
        assert_int_equal(junit_write(run, path), 0);
        file = fopen(path, "re");
        assert_non_null(file);
        xml = mxmlLoadFile(NULL, file, MXML_OPAQUE_CALLBACK);
        fclose(file);
        unlink(path);
        assert_int_equal(elements(xml, "testcase"), c->passed + c->failed + c->skipped);
        assert_int_equal(elements(xml, "failure"), c->failed);
        assert_int_equal(elements(xml, "skipped"), c->skipped);
        mxmlDelete(xml);
    }
}

static int setup(void **state)
{
    (void)state;
    log_set_sink(take_said, NULL);
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = {"plan", "ends", "a.v4.tap", "a.v6.tap", "expect.txt"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        fixture_write(dir, names[i], NULL);
    return rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines),       cmocka_unit_test(reads_nothing),
        cmocka_unit_test(refuses_malformed), cmocka_unit_test(refuses_unknown),
        cmocka_unit_test(applies),           cmocka_unit_test(junit_agrees),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
