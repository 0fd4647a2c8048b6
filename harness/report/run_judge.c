// SPDX-License-Identifier: Apache-2.0
#include "report/run_judge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

static int run_judge_no_memory(void)
{
    return err_r(ENOMEM, "cannot judge a run");
}

/* ---- how a job ended ---- */

static int run_problem(struct run_job *job, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int run_problem(struct run_job *job, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = text_format_v(&text, fmt, ap);
    va_end(ap);
    if (r < 0)
        return r;
    return strings_take(&job->problems, text) < 0 ? run_judge_no_memory() : 0;
}

static const char *run_after_last(const struct run_job *job, enum results_how how)
{
    if (job->tap->running || job->tap->planned < 0 || job->tap->missing > 0)
        return "";
    return how == RESULTS_HELD ? ", after its last test: something holds on to its output"
                               : ", after its last test";
}

static int run_killed(struct run_job *job, const struct results_end *end)
{
    const char *running = job->tap->running;

    return run_problem(
        job, "%s %ld s and was killed%s%s%s%s%s",
        end->how == RESULTS_STARVED ? "had too little of the machine: it was not at its end after"
        : end->how == RESULTS_TOTAL ? "did not end within"
                                    : "made no progress for",
        end->number, running ? ", in the test: " : "", running ? running : "",
        run_after_last(job, end->how), *end->processes ? "; processes: " : "", end->processes);
}

static int run_without_end(struct run_job *job)
{
    const char *running = job->tap->running;

    return run_problem(job, "has no end: it was killed, or the run was%s%s",
                       running ? ", in the test: " : "", running ? running : "");
}

/* bats reports it as a test, and none of the others then has a result. */
static bool run_setup_was_starved(const struct run_job *job)
{
    const struct tap_test *first = job->tap->n_tests > 0 ? job->tap->tests : NULL;

    return first && first->outcome == TAP_INCONCLUSIVE &&
           strcmp(first->name, "setup_file failed") == 0;
}

/* Each of its tests has a result, which says what it found. */
static bool run_has_all(const struct run_job *job)
{
    return job->tap->planned >= 0 && job->tap->planned >= job->selected && job->tap->missing == 0 &&
           job->failed + job->inconclusive > 0;
}

static int run_was_short(struct run_job *job, const struct results_end *end)
{
    const char *running = job->tap->running;

    job->starved = true;
    if (run_has_all(job))
        return 0;
    return run_problem(job, "%s; it ended with status %ld%s%s", end->processes, end->number,
                       running ? ", in the test: " : "", running ? running : "");
}

static int run_take_end(struct run_job *job, const struct results_end *end)
{
    job->elapsed_us = end->elapsed_ms * 1000L;
    job->starved = end->how == RESULTS_STARVED || run_setup_was_starved(job);
    if (end->how == RESULTS_SHORT)
        return run_was_short(job, end);
    if (end->how != RESULTS_EXIT)
        return run_killed(job, end);
    if (end->number != 0 && job->failed + job->inconclusive == 0)
        return run_problem(job, "ended with status %ld, although no test of it failed",
                           end->number);
    return 0;
}

/* ---- counting ---- */

void run_count_results(struct run_job *job)
{
    for (size_t i = 0; i < job->tap->n_tests; i++) {
        job->passed += job->tap->tests[i].outcome == TAP_PASSED;
        job->failed += job->tap->tests[i].outcome == TAP_FAILED;
        job->skipped += job->tap->tests[i].outcome == TAP_SKIPPED;
        job->inconclusive += job->tap->tests[i].outcome == TAP_INCONCLUSIVE;
    }
}

/* Where that counts which no test stands for. */
static size_t *run_lost_count(struct run_job *job)
{
    return job->starved ? &job->inconclusive : &job->failed;
}

/* Compares what was selected, planned and reported. */
static int run_count_missing(struct run_job *job)
{
    long planned = job->tap->planned;
    long unplanned = job->selected - (planned < 0 ? 0 : planned);
    int r;

    job->missing = job->tap->missing + (unplanned > 0 ? (size_t)unplanned : 0);
    *run_lost_count(job) += job->missing;
    if (planned < 0)
        return run_problem(job, "printed no plan");
    if (unplanned > 0) {
        r = run_problem(job, "planned %ld of the %ld tests that were selected", planned,
                        job->selected);
        if (r < 0)
            return r;
    }
    if (job->tap->missing == 0)
        return 0;
    return run_problem(job, "%zu of %ld planned tests have no result", job->tap->missing, planned);
}

static int run_copy_problems(struct run_job *job)
{
    for (size_t i = 0; i < job->tap->problems.n; i++)
        if (strings_take(&job->problems, strdup(job->tap->problems.items[i])) < 0)
            return run_judge_no_memory();
    return 0;
}

int run_judge(struct run_job *job, const struct results_end *end)
{
    int r = run_copy_problems(job);

    if (r < 0)
        return r;
    r = end ? run_take_end(job, end) : run_without_end(job);
    if (r < 0)
        return r;
    r = run_count_missing(job);
    if (job->problems.n > 0 && *run_lost_count(job) == 0)
        *run_lost_count(job) = 1;
    return r;
}
