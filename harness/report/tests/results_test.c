// SPDX-License-Identifier: Apache-2.0
/* What the writer of a run's directory puts there, the reader finds again. */
#include "report/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/last_failed.h"
#include "report/tests/fixture.h"

static char results_dir[] = "/tmp/waypost-results-test.XXXXXX";

static const struct results_job results_jobs[] = {
    {.name = "a", .variant = "v6", .dialect = TAP_BATS, .n_tests = 3},
    {.name = "unit", .variant = "", .dialect = TAP_PROGRAM, .n_tests = -1},
};

static struct results_writer *results_begin(int live_fd)
{
    struct results_writer *writer = NULL;

    fixture_write(results_dir, "a.v6.tap", NULL);
    fixture_write(results_dir, "unit.tap", NULL);
    assert_int_equal(results_open(results_dir, live_fd, &writer), 0);
    for (size_t i = 0; i < ARRAY_SIZE(results_jobs); i++)
        assert_int_equal(results_add_job(writer, &results_jobs[i]), 0);
    return writer;
}

static void results_line(struct results_writer *writer, size_t job, const char *line,
                         enum results_event expected)
{
    static int64_t now_us = 1000;
    enum results_event event;

    assert_int_equal(results_add_line(writer, job, now_us++, line, &event), 0);
    assert_int_equal(event, expected);
}

static void results_whole_run(struct results_writer *writer)
{
    const struct results_end exit = {.how = RESULTS_EXIT, .number = 1, .elapsed_ms = 20};
    const struct results_end held = {
        .how = RESULTS_HELD, .number = 3, .elapsed_ms = 3000, .processes = "tail\t-f\n(7)"};

    assert_int_equal(results_add_fact(writer, "kernel", "6.1\t0"), 0);
    assert_int_equal(results_add_test(writer, "a", "x", "v4 v6"), 0);
    results_line(writer, 0, "1..3", RESULTS_OTHER);
    results_line(writer, 0, "suite a.bats", RESULTS_OTHER);
    results_line(writer, 0, "begin 1 x # skip y", RESULTS_BEGIN);
    results_line(writer, 0, "ok 1 x # skip y", RESULTS_PASSED);
    results_line(writer, 0, "begin 2 x", RESULTS_BEGIN);
    results_line(writer, 0, "not ok 2 x", RESULTS_FAILED);
    results_line(writer, 0, "# why", RESULTS_OTHER);
    results_line(writer, 0, "begin 3 z", RESULTS_BEGIN);
    results_line(writer, 0, "ok 3 z # skip no z", RESULTS_SKIPPED);
    results_line(writer, 1, "begin 1 x", RESULTS_OTHER);
    results_line(writer, 1, "1..1", RESULTS_OTHER);
    results_line(writer, 1, "ok 1 x", RESULTS_OTHER);
    assert_int_equal(results_add_end(writer, 0, &exit), 0);
    assert_int_equal(results_add_end(writer, 1, &held), 0);
}

static void results_come_back(void **state)
{
    _cleanup_(results_close) struct results_writer *writer = results_begin(-1);
    _cleanup_(run_free) struct run *run = NULL;

    (void)state;
    results_whole_run(writer);
    assert_int_equal(run_read(results_dir, false, &run), 0);
    assert_int_equal(run->n_jobs, 2);
    assert_int_equal(run->jobs[0].passed, 1);
    assert_int_equal(run->jobs[0].failed, 1);
    assert_int_equal(run->jobs[0].skipped, 1);
    assert_int_equal(run->jobs[0].elapsed_us, 20000);
    assert_int_equal(run->jobs[0].tap->tests[0].elapsed_us, 1);
    assert_int_equal(run->jobs[1].failed, 1);
    assert_string_equal(run->jobs[1].problems.items[0],
                        "made no progress for 3 s and was killed, after its last test: something "
                        "holds on to its output; processes: tail -f (7)");
    assert_string_equal(run->facts.items[0].value, "6.1 0");
    assert_null(run->stopped);
}

/* Everything that is on disk was sent on, so that the files can be made of it elsewhere. */
static void results_are_sent_on(void **state)
{
    int fds[2];
    char sent[4096] = "";
    struct results_writer *writer;

    (void)state;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    writer = results_begin(fds[1]);
    results_whole_run(writer);
    results_close(&writer);
    close(fds[1]);
    assert_true(read(fds[0], sent, sizeof(sent) - 1) > 0);
    close(fds[0]);
    assert_non_null(strstr(sent, "plan\ta\tv6\tbats\t3\n"));
    assert_non_null(strstr(sent, "plan\tunit\t\tprogram\t-\n"));
    assert_non_null(strstr(sent, "tests\ta\tx\tv4 v6\n"));
    assert_non_null(strstr(sent, "\na.v6.tap\tnot ok 2 x\na.v6.tap\t# why\n"));
    assert_non_null(strstr(sent, "\nunit.tap\tok 1 x\n"));
    assert_non_null(strstr(sent, "ends\ta\tv6\texit\t1\t20\t\n"));
}

static void results_half_a_line(void **state)
{
    struct results_writer *writer = results_begin(-1);
    const struct results_end end = {.how = RESULTS_EXIT, .number = 137, .elapsed_ms = 1};
    _cleanup_(run_free) struct run *run = NULL;

    (void)state;
    results_line(writer, 0, "1..3", RESULTS_OTHER);
    assert_int_equal(results_add_half_line(writer, 0, "ok 1"), 0);
    assert_int_equal(results_add_end(writer, 0, &end), 0);
    results_close(&writer);
    assert_int_equal(run_read(results_dir, true, &run), 0);
    assert_int_equal(run->jobs[0].passed, 0);
    assert_string_equal(run->jobs[0].problems.items[0], "line 2: cut off: 'ok 1'");
    assert_int_equal(run->unfinished, 1);
    assert_string_equal(run->stopped, "interrupted");
}

static void results_stopped(void **state)
{
    struct results_writer *writer = results_begin(-1);
    _cleanup_(run_free) struct run *run = NULL;
    _cleanup_free_ char *summary = NULL;

    (void)state;
    results_line(writer, 0, "1..3", RESULTS_OTHER);
    results_line(writer, 0, "not ok 1 x", RESULTS_FAILED);
    assert_int_equal(results_add_stop(writer, "stopped at the first failure"), 0);
    results_close(&writer);
    assert_int_equal(run_read(results_dir, false, &run), 0);
    summary = fixture_summary(run);
    assert_non_null(strstr(summary, "stopped at the first failure: 2 of 2 files did not end\n"
                                    "0 passed, 1 failed, 0 skipped\n"));
    assert_int_equal(run_exit_code(run, false), 1);
}

/* A directory that is used again holds nothing of the run before. */
static void results_begin_anew(void **state)
{
    struct results_writer *writer = results_begin(-1);
    _cleanup_(run_free) struct run *run = NULL;

    (void)state;
    results_whole_run(writer);
    assert_int_equal(results_add_stop(writer, "interrupted"), 0);
    results_close(&writer);
    assert_int_equal(results_open(results_dir, -1, &writer), 0);
    results_close(&writer);
    assert_int_equal(run_read(results_dir, false, &run), 0);
    assert_int_equal(run->n_jobs, 0);
    assert_null(run->stopped);
}

/* What failed is found again by name, and a file that lost results as a whole; a program is no
 * suite. */
static void results_last_failed(void **state)
{
    struct results_writer *writer = results_begin(-1);
    _cleanup_(last_failed_clear) struct last_failed list = {0};
    _cleanup_(run_free) struct run *run = NULL;
    _cleanup_free_ char *path = NULL;

    (void)state;
    results_line(writer, 0, "1..3", RESULTS_OTHER);
    results_line(writer, 0, "not ok 1 x: y", RESULTS_FAILED);
    results_line(writer, 0, "ok 2 z", RESULTS_PASSED);
    results_close(&writer);
    assert_int_equal(run_read(results_dir, false, &run), 0);
    assert_true(asprintf(&path, "%s/last", results_dir) > 0);
    assert_int_equal(last_failed_read(path, &list), -ENOENT);
    assert_int_equal(last_failed_write(path, run), 0);
    assert_int_equal(last_failed_read(path, &list), 0);
    assert_int_equal(list.n, 2);
    assert_string_equal(list.items[0].file, "a");
    assert_string_equal(list.items[0].family, "v6");
    assert_string_equal(list.items[0].test, "x: y");
    assert_string_equal(list.items[1].test, "");
    fixture_write(results_dir, "last", "a\tv6\n");
    assert_int_equal(last_failed_read(path, &list), -EINVAL);
}

static int results_setup(void **state)
{
    (void)state;
    return mkdtemp(results_dir) ? 0 : -1;
}

static int results_teardown(void **state)
{
    static const char *const names[] = {"facts",   "tests",    "plan",     "ends",
                                        "stopped", "a.v6.tap", "unit.tap", "last"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        fixture_write(results_dir, names[i], NULL);
    return rmdir(results_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_back),   cmocka_unit_test(results_are_sent_on),
        cmocka_unit_test(results_half_a_line), cmocka_unit_test(results_stopped),
        cmocka_unit_test(results_begin_anew),  cmocka_unit_test(results_last_failed),
    };

    return cmocka_run_group_tests(tests, results_setup, results_teardown);
}
