// SPDX-License-Identifier: Apache-2.0
/* Directories as `run.sh vm` leaves them: what becomes of a kernel, and what differs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "vm/matrix.h"

#define MATRIX_VERDICT(word, detail)                                                               \
    "{\"verdict\": \"" word "\", \"detail\": \"" detail                                            \
    "\", \"accelerator\": \"tcg\", \"seconds\": 7, \"code\": 0}"

struct matrix_case {
    const char *missing, *verdict, *tap; /* tap NULL: no results */
    bool objects;
    const char *outcome, *skip;
    size_t passed, failed, skipped;
};

static const struct matrix_case matrix_table[] = {
    {"[]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nok 2 y\n", false, "passed", NULL, 2, 0, 0},
    {"[]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nnot ok 2 y\n", false, "failed", NULL, 1, 1,
     0},
    {"[]", MATRIX_VERDICT("ended", ""), NULL, false, "failed", NULL, 0, 1, 0},
    {"[]", MATRIX_VERDICT("panicked", "oops"), NULL, false, "panicked", NULL, 0, 1, 0},
    /* Whatever the results say. */
    {"[]", MATRIX_VERDICT("out-of-memory", "2"), "1..2\nok 1 x\nok 2 y\n", false, "out-of-memory",
     NULL, 2, 1, 0},
    {"[]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nok 2 y # skip zerocopy: no\n", false,
     "failed", "zerocopy: no", 1, 1, 1},
    {"[\"zerocopy\"]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nok 2 y # skip zerocopy: no\n",
     false, "passed", NULL, 1, 0, 1},
    {"[\"zero\"]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nok 2 y # skip zerocopy: no\n", false,
     "failed", "zerocopy: no", 1, 1, 1},
    {"[]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nok 2 y # skip p is missing: a\n", false,
     "failed", "p is missing: a", 1, 1, 1},
    {"[]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nok 2 y # skip p is missing: a\n", true,
     "passed", NULL, 1, 0, 1},
    {"[]", MATRIX_VERDICT("ended", ""), "1..2\nok 1 x\nok 2 y # skip expected: b\n", false,
     "passed", NULL, 1, 0, 1},
};

static void fixture_file(const char *dir, const char *name, const char *text)
{
    _cleanup_free_ char *path = NULL;
    FILE *f;

    assert_true(asprintf(&path, "%s/%s", dir, name) > 0);
    f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void fixture_kernel(const char *dir, const struct matrix_case *c)
{
    _cleanup_free_ char *kernel = NULL, *results = NULL;

    assert_true(asprintf(&kernel, "{\"name\": \"k\", \"missing\": %s}", c->missing) > 0);
    assert_true(asprintf(&results, "%s/results", dir) > 0);
    fixture_file(dir, "kernel.json", kernel);
    fixture_file(dir, "verdict.json", c->verdict);
    if (!c->tap)
        return;
    assert_int_equal(mkdir(results, 0700), 0);
    fixture_file(results, "plan", "a\tv4\tbats\t2\n");
    fixture_file(results, "ends",
                 strstr(c->tap, "not ok") ? "a\tv4\texit\t1\t5\t\n" : "a\tv4\texit\t0\t5\t\n");
    fixture_file(results, "a.v4.tap", c->tap);
    fixture_file(results, "a.v4.err", "");
}

static void fixture_remove(const char *dir)
{
    _cleanup_free_ char *command = NULL;

    assert_true(asprintf(&command, "rm -rf '%s'", dir) > 0);
    assert_int_equal(system(command), 0);
}

static void test_outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(matrix_table); i++) {
        const struct matrix_case *c = &matrix_table[i];
        _cleanup_(matrix_free) struct matrix *m = NULL;
        char dir[] = "/tmp/waypost-matrix.XXXXXX", *dirs[] = {dir};

        assert_non_null(mkdtemp(dir));
        fixture_kernel(dir, c);
        assert_int_equal(matrix_read(dirs, 1, c->objects, &m), 0);
        assert_string_equal(m->kernels[0].outcome, c->outcome);
        assert_true(c->skip ? strcmp(m->kernels[0].skip, c->skip) == 0 : !m->kernels[0].skip);
        assert_int_equal(m->passed, c->passed);
        assert_int_equal(m->failed, c->failed);
        assert_int_equal(m->skipped, c->skipped);
        fixture_remove(dir);
    }
}

static void test_what_is_compared(void **state)
{
    _cleanup_(matrix_free) struct matrix *m = NULL;
    char a[] = "/tmp/waypost-matrix.XXXXXX", b[] = "/tmp/waypost-matrix.XXXXXX";
    char c[] = "/tmp/waypost-matrix.XXXXXX", *dirs[] = {a, b, c};

    (void)state;
    assert_true(mkdtemp(a) && mkdtemp(b) && mkdtemp(c));
    fixture_kernel(a, &matrix_table[0]);
    fixture_kernel(b, &matrix_table[1]);
    /* Without results it says nothing about any test. */
    fixture_kernel(c, &matrix_table[3]);
    assert_int_equal(matrix_read(dirs, 3, false, &m), 0);
    assert_int_equal(m->kernels[0].n_tests, 2);
    assert_string_equal(m->kernels[0].tests[0].name, "a: x [v4]");
    assert_string_equal(m->kernels[1].tests[1].name, "a: y [v4]");
    assert_int_equal(m->kernels[1].tests[1].outcome, TAP_FAILED);
    assert_int_equal(m->kernels[2].n_tests, 0);
    assert_null(m->kernels[2].run);
    fixture_remove(a);
    fixture_remove(b);
    fixture_remove(c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_what_is_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
