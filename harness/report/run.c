// SPDX-License-Identifier: Apache-2.0
#include "report/run.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/results.h"
#include "report/run_judge.h"

#define RUN_SAID_MAX 4096 /* the last so many bytes of stderr */

static int run_no_memory(void)
{
    return err_r(ENOMEM, "cannot read the run");
}

/* ---- the plan ---- */

static struct run_job *run_add_job(struct run *run)
{
    struct run_job *jobs = realloc(run->jobs, (run->n_jobs + 1) * sizeof(*jobs));

    if (!jobs)
        return NULL;
    run->jobs = jobs;
    run->jobs[run->n_jobs] = (struct run_job){.elapsed_us = -1, .selected = -1};
    return &run->jobs[run->n_jobs++];
}

static int run_add_planned(const struct results_job *planned, void *data)
{
    struct run_job *job = run_add_job(data);

    if (!job)
        return run_no_memory();
    job->dialect = planned->dialect;
    job->selected = planned->n_tests;
    job->name = strdup(planned->name);
    job->variant = strdup(planned->variant);
    return job->name && job->variant ? 0 : run_no_memory();
}

static int run_read_facts(struct run *run)
{
    _cleanup_fclose_ FILE *file = NULL;
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/facts", run->dir);

    if (r < 0)
        return r;
    file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? 0 : err_r(errno, "cannot open '%s'", path);
    return facts_read(file, path, &run->facts);
}

/* ---- what a job printed ---- */

/* The end of a file, cleaned; "" when there is none. */
static char *run_read_end(const char *path)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    char bytes[RUN_SAID_MAX];
    size_t length = 0;

    if (file && fseek(file, -(long)sizeof(bytes), SEEK_END) < 0)
        rewind(file);
    if (file)
        length = fread(bytes, 1, sizeof(bytes), file);
    return text_clean(bytes, length);
}

static int run_read_tap(struct run_job *job)
{
    _cleanup_fclose_ FILE *file = fopen(job->tap_path, "re");

    if (!file)
        file = fopen("/dev/null", "re");
    if (!file)
        return err_r(errno, "cannot open '%s'", job->tap_path);
    return tap_read(file, job->dialect, &job->tap);
}

static int run_read_output(const struct run *run, struct run_job *job)
{
    const struct results_job names = {.name = job->name, .variant = job->variant};
    _cleanup_free_ char *err_path = results_job_path(run->dir, &names, "err");

    job->tap_path = results_job_path(run->dir, &names, "tap");
    if (!job->tap_path || !err_path)
        return -ENOMEM;
    job->said = run_read_end(err_path);
    if (!job->said)
        return run_no_memory();
    return run_read_tap(job);
}

/* ---- all jobs ---- */

static struct run_job *run_find_job(const struct run *run, const char *name, const char *variant)
{
    for (size_t i = 0; i < run->n_jobs; i++)
        if (strcmp(run->jobs[i].variant, variant) == 0 && strcmp(run->jobs[i].name, name) == 0)
            return &run->jobs[i];
    return NULL;
}

/* A second end of a job says nothing. */
static int run_judge_ended(const char *name, const char *variant, const struct results_end *end,
                           void *data)
{
    struct run_job *job = run_find_job(data, name, variant);

    if (!job || job->elapsed_us >= 0)
        return 0;
    return run_judge(job, end);
}

static int run_judge_endless(struct run *run)
{
    for (size_t i = 0; i < run->n_jobs; i++) {
        struct run_job *job = &run->jobs[i];
        int r;

        if (job->elapsed_us >= 0)
            continue;
        if (run->stopped) {
            run->unfinished++;
            continue;
        }
        r = run_judge(job, NULL);
        if (r < 0)
            return r;
    }
    return 0;
}

static int run_read_jobs(struct run *run)
{
    int r;

    for (size_t i = 0; i < run->n_jobs; i++) {
        r = run_read_output(run, &run->jobs[i]);
        if (r < 0)
            return r;
        run_count_results(&run->jobs[i]);
    }
    r = results_read_ends(run->dir, run_judge_ended, run);
    if (r < 0)
        return r;
    return run_judge_endless(run);
}

static int run_read_stop(struct run *run, bool interrupted)
{
    _cleanup_free_ char *reason = NULL;
    int r = results_read_stop(run->dir, &reason);

    if (r < 0)
        return r;
    if (reason)
        run->stopped = text_clean(reason, strlen(reason));
    else if (interrupted)
        run->stopped = strdup("interrupted");
    return (reason || interrupted) && !run->stopped ? run_no_memory() : 0;
}

static int run_read_all(struct run *run, bool interrupted)
{
    int r = results_read_plan(run->dir, run_add_planned, run);

    if (r < 0)
        return r;
    r = run_read_facts(run);
    if (r < 0)
        return r;
    r = run_read_stop(run, interrupted);
    if (r < 0)
        return r;
    return run_read_jobs(run);
}

int run_read(const char *dir, bool interrupted, struct run **out)
{
    _cleanup_(run_free) struct run *run = calloc(1, sizeof(*run));
    int r;

    if (!run)
        return run_no_memory();
    run->dir = strdup(dir);
    if (!run->dir)
        return run_no_memory();
    r = run_read_all(run, interrupted);
    if (r < 0)
        return r;
    for (size_t i = 0; i < run->n_jobs; i++) {
        run->passed += run->jobs[i].passed;
        run->failed += run->jobs[i].failed;
        run->skipped += run->jobs[i].skipped;
    }
    *out = TAKE_PTR(run);
    return 0;
}

/* ---- failures of no process ---- */

static struct run_job *run_make_job(struct run *run, const char *name, const char *path)
{
    struct run_job *job = run_add_job(run);

    if (!job)
        return NULL;
    job->dialect = TAP_PROGRAM;
    job->name = strdup(name);
    job->variant = strdup("");
    job->said = strdup("");
    job->tap_path = strdup(path);
    job->tap = calloc(1, sizeof(*job->tap));
    return job->name && job->variant && job->said && job->tap_path && job->tap ? job : NULL;
}

int run_add_failure(struct run *run, const char *job_name, const char *path, const char *test,
                    const char *detail)
{
    struct run_job *job = run_find_job(run, job_name, "");
    struct tap_test *tests;

    if (!job)
        job = run_make_job(run, job_name, path);
    tests = job ? reallocarray(job->tap->tests, job->tap->n_tests + 1, sizeof(*tests)) : NULL;
    if (!tests)
        return run_no_memory();
    job->tap->tests = tests;
    tests[job->tap->n_tests] = (struct tap_test){
        .number = job->tap->n_tests + 1,
        .name = strdup(test),
        .outcome = TAP_FAILED,
        .detail = strdup(detail),
        .elapsed_us = -1,
    };
    job->tap->n_tests++;
    job->failed++;
    run->failed++;
    return tests[job->tap->n_tests - 1].name && tests[job->tap->n_tests - 1].detail
               ? 0
               : run_no_memory();
}

static void run_free_job(struct run_job *job)
{
    free(job->name);
    free(job->variant);
    free(job->said);
    free(job->tap_path);
    tap_free(&job->tap);
    text_list_clear(&job->problems);
}

void run_free(struct run **run)
{
    if (!*run)
        return;
    for (size_t i = 0; i < (*run)->n_jobs; i++)
        run_free_job(&(*run)->jobs[i]);
    facts_clear(&(*run)->facts);
    free((*run)->jobs);
    free((*run)->stopped);
    free((*run)->dir);
    free(*run);
    *run = NULL;
}

bool run_skipped_only(const struct run *run)
{
    return run->passed + run->failed == 0 && run->skipped > 0;
}

int run_exit_code(const struct run *run, bool allow_skipped)
{
    if (run->failed > 0)
        return 1;
    if (run_skipped_only(run))
        return allow_skipped ? 0 : 2;
    return run->passed == 0 ? 2 : 0;
}

size_t run_job_lost(const struct run_job *job)
{
    size_t lost = job->failed;

    for (size_t i = 0; i < job->tap->n_tests; i++)
        lost -= job->tap->tests[i].outcome == TAP_FAILED;
    return lost;
}

char *run_test_name(const struct run_job *job, const char *test)
{
    char *name = NULL;

    if (!*job->variant)
        return strdup(test);
    if (asprintf(&name, "%s [%s]", test, job->variant) < 0)
        return NULL;
    return name;
}
