// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/results.h"
#include "report/run.h"
#include "report/run_judge.h"

#define RUN_STDERR_MAX 4096 /* the last so many bytes of it */

static int run_no_memory(void)
{
    return err_r(ENOMEM, "cannot read the run");
}

/* ---- the plan ---- */

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
    char bytes[RUN_STDERR_MAX];
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
    job->stderr_end = run_read_end(err_path);
    if (!job->stderr_end)
        return run_no_memory();
    return run_read_tap(job);
}

/* ---- all jobs ---- */

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
        run->inconclusive += run->jobs[i].inconclusive;
    }
    *out = TAKE_PTR(run);
    return 0;
}
