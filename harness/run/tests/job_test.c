// SPDX-License-Identifier: Apache-2.0
/* What a job is made of: lines out of a pipe, all processes of a job, how long the rest takes. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/strings.h"
#include "common/tree.h"
#include "run/estimate.h"
#include "run/job.h"
#include "run/lines.h"
#include "run/marked.h"
#include "run/process.h"

#define LIMIT_MS 10000

/* ---- lines ---- */

static int keep_line(char *line, void *data)
{
    return strings_add(data, line);
}

static void lines_come_when_they_are_complete(void **state)
{
    _cleanup_strings_ struct strings seen = {0};
    struct lines lines = {0};
    bool ended = true;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_int_equal(write(ends[1], "one\ntw", 6), 6);
    assert_int_equal(lines_read(&lines, ends[0], keep_line, &seen, &ended), 0);
    assert_false(ended);
    assert_int_equal(seen.n, 1);
    assert_int_equal(write(ends[1], "o\n\na\0b\nhalf", 11), 11);
    close(ends[1]);
    assert_int_equal(lines_read(&lines, ends[0], keep_line, &seen, &ended), 0);
    assert_true(ended);
    assert_int_equal(seen.n, 4);
    assert_string_equal(seen.items[1], "two");
    assert_string_equal(seen.items[2], "");
    assert_string_equal(seen.items[3], "a?b");
    assert_string_equal(lines_rest(&lines), "half");
    lines_clear(&lines);
    assert_null(lines_rest(&lines));
    close(ends[0]);
}

/* ---- all processes of a job ---- */

struct marked_job {
    struct process process;
    char mark[64];
    int output; /* ends when none of them is left */
};

/* One in the job's group, and one in a session of its own. */
static void start_job(struct marked_job *job)
{
    const char *const argv[] = {"sh", "-c",
                                "setsid tail -f /dev/zero & tail -f /dev/null & echo; wait", NULL};
    const char *const environment[] = {job->mark, NULL};
    struct process_spec spec = {
        .argv = argv, .environment = environment, .group = PROCESS_OWN_GROUP};
    char byte;
    int ends[2];

    snprintf(job->mark, sizeof(job->mark), "WAYPOST_JOB=test-%d/0", (int)getpid());
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    spec.out = ends[1];
    assert_int_equal(process_start(&spec, &job->process), 0);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    job->output = ends[0];
}

/* Until both run their programs: a shell that is about to has the same mark. */
static char *describe_both(const struct marked_job *job)
{
    int64_t deadline = deadline_in(LIMIT_MS);
    char *text = NULL;

    do {
        _cleanup_(marked_clear) struct marked marked = {0};

        free(text);
        assert_int_equal(marked_find(job->process.pid, job->mark, &marked), 0);
        assert_false(marked_has_bats(&marked));
        text = marked_describe(&marked);
        assert_non_null(text);
    } while ((!strstr(text, "tail -f /dev/zero (") || !strstr(text, "tail -f /dev/null (")) &&
             deadline_left_ms(deadline) > 0);
    return text;
}

static void a_session_of_its_own_hides_nobody(void **state)
{
    struct marked_job job;
    _cleanup_free_ char *text = NULL;
    char byte;

    (void)state;
    start_job(&job);
    text = describe_both(&job);
    assert_non_null(strstr(text, "tail -f /dev/zero ("));
    assert_non_null(strstr(text, "tail -f /dev/null ("));
    assert_int_equal(marked_kill(job.process.pid, job.mark), 0);
    process_kill(&job.process);
    assert_int_equal(read(job.output, &byte, 1), 0);
    close(job.output);
}

/* ---- what is inconclusive ---- */

/* What a job prints, piece by piece: each is read before the next one is there. */
static void reads(struct job *job, struct results_writer *results, const char *text, bool failed)
{
    struct job_news news = {0};

    assert_int_equal(write(job->process.pidfd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(job_read(job, results, &news), 0);
    assert_int_equal(news.failed, failed);
}

static void a_failure_counts_when_all_is_said_of_it(void **state)
{
    const char *const none[] = {"true", NULL}, *const nothing[] = {NULL};
    const struct job_spec spec = {
        .name = "a", .variant = "v4", .kind = JOB_BATS, .argv = none, .environment = nothing};
    const struct results_job planned = {
        .name = (char[]){"a"}, .variant = (char[]){"v4"}, .dialect = TAP_BATS};
    char dir[] = "/tmp/waypost-job-test.XXXXXX";
    struct results_writer *results = NULL;
    _cleanup_(job_free) struct job *job = NULL;
    int ends[2];

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(results_open(dir, -1, &results), 0);
    assert_int_equal(results_add_job(results, &planned), 0);
    assert_int_equal(job_new(&spec, &job), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    job->output.fd = ends[0];
    job->process.pidfd = ends[1];
    reads(job, results, "not ok 1 x\n", false);
    reads(job, results, "# inconclusive: no time\n# inconclusive: again\n", false);
    reads(job, results, "not ok 2 y\n# why\n", false);
    reads(job, results, "not ok 3 z\n# inconclusive: no time\n", true);
    reads(job, results, "ok 4 w\n# inconclusive: of nothing\n", false);
    assert_int_equal(job->failed, 1);
    assert_int_equal(job->inconclusive, 2);
    close(ends[0]);
    close(ends[1]);
    results_close(&results);
    assert_int_equal(tree_remove(dir), 0);
}

/* ---- how long ---- */

static struct job done = {
    .state = JOB_ENDED, .expected_ms = 4000, .n_tests = 3, .passed = 2, .failed = 1};
static struct job waits = {.state = JOB_WAITS, .expected_ms = 6000, .n_tests = 5};
static struct job also_waits = {.state = JOB_WAITS, .expected_ms = 2000, .n_tests = 1};
static struct job unknown = {.state = JOB_WAITS, .n_tests = -1};

static void the_longest_job_bounds_what_is_left(void **state)
{
    struct job *const jobs[] = {&done, &waits, &also_waits};
    struct progress_state shown;

    (void)state;
    estimate(jobs, 3, 1, 0, &shown);
    assert_int_equal(shown.left_ms, 8000);
    assert_int_equal(shown.done_ms, 4000);
    assert_int_equal(shown.expected_ms, 12000);
    assert_int_equal(shown.tests, 9);
    assert_int_equal(shown.tests_done, 3);
    assert_int_equal(shown.failed, 1);
    estimate(jobs, 3, 4, 0, &shown);
    assert_int_equal(shown.left_ms, 6000);
}

static void the_pace_is_that_of_what_is_done(void **state)
{
    struct job half = {
        .state = JOB_RUNS, .expected_ms = 4000, .n_tests = 4, .passed = 1, .skipped = 1};
    struct job *const jobs[] = {&done, &half, &also_waits};
    struct progress_state shown;

    (void)state;
    estimate(jobs, 3, 2, 12000, &shown); /* 6 s of work took 12, side by side 24 */
    assert_int_equal(shown.done_ms, 6000);
    assert_int_equal(shown.left_ms, 8000);
    half.passed = 3;
    estimate(jobs, 3, 2, 14000, &shown); /* the last job: 2 s of work, twice as long alone */
    assert_int_equal(shown.left_ms, 7000);
}

static void tests_are_counted_where_nobody_knows_how_long(void **state)
{
    struct job one = {.state = JOB_ENDED, .n_tests = 1, .passed = 1};
    struct job other = {.state = JOB_WAITS, .n_tests = 3};
    struct job *const jobs[] = {&one, &other};
    struct progress_state shown;

    (void)state;
    estimate(jobs, 2, 1, 5000, &shown);
    assert_int_equal(shown.left_ms, -1);
    assert_int_equal(shown.done_ms, 1);
    assert_int_equal(shown.expected_ms, 4);
}

static void nothing_is_said_where_nothing_is_known(void **state)
{
    struct job *const jobs[] = {&unknown};
    struct progress_state shown;

    (void)state;
    estimate(jobs, 1, 1, 0, &shown);
    assert_int_equal(shown.left_ms, -1);
    assert_int_equal(shown.tests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_when_they_are_complete),
        cmocka_unit_test(a_session_of_its_own_hides_nobody),
        cmocka_unit_test(a_failure_counts_when_all_is_said_of_it),
        cmocka_unit_test(the_longest_job_bounds_what_is_left),
        cmocka_unit_test(the_pace_is_that_of_what_is_done),
        cmocka_unit_test(tests_are_counted_where_nobody_knows_how_long),
        cmocka_unit_test(nothing_is_said_where_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
