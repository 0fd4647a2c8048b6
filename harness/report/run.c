// SPDX-License-Identifier: Apache-2.0
#include "report/run.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

static int run_no_memory(void)
{
    return err_r(ENOMEM, "cannot add to the run");
}

struct run_job *run_find_job(const struct run *run, const char *name, const char *variant)
{
    for (size_t i = 0; i < run->n_jobs; i++)
        if (strcmp(run->jobs[i].variant, variant) == 0 && strcmp(run->jobs[i].name, name) == 0)
            return &run->jobs[i];
    return NULL;
}

struct run_job *run_add_job(struct run *run)
{
    struct run_job *jobs = realloc(run->jobs, (run->n_jobs + 1) * sizeof(*jobs));

    if (!jobs)
        return NULL;
    run->jobs = jobs;
    run->jobs[run->n_jobs] = (struct run_job){.elapsed_us = -1, .selected = -1};
    return &run->jobs[run->n_jobs++];
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
    job->stderr_end = strdup("");
    job->tap_path = strdup(path);
    job->tap = calloc(1, sizeof(*job->tap));
    return job->name && job->variant && job->stderr_end && job->tap_path && job->tap ? job : NULL;
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
    free(job->stderr_end);
    free(job->tap_path);
    tap_free(&job->tap);
    strings_clear(&job->problems);
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
    return run->passed + run->failed + run->inconclusive == 0 && run->skipped > 0;
}

int run_exit_code(const struct run *run, bool allow_skipped)
{
    if (run->failed > 0)
        return 1;
    if (run->inconclusive > 0)
        return 3;
    if (run_skipped_only(run))
        return allow_skipped ? 0 : 2;
    return run->passed == 0 ? 2 : 0;
}

void run_print_counts(FILE *out, size_t passed, size_t failed, size_t skipped, size_t inconclusive)
{
    fprintf(out, "%zu passed, %zu failed, %zu skipped", passed, failed, skipped);
    if (inconclusive > 0)
        fprintf(out, ", %zu inconclusive", inconclusive);
    fputc('\n', out);
}

size_t run_job_lost(const struct run_job *job)
{
    enum tap_outcome outcome = job->starved ? TAP_INCONCLUSIVE : TAP_FAILED;
    size_t lost = job->starved ? job->inconclusive : job->failed;

    for (size_t i = 0; i < job->tap->n_tests; i++)
        lost -= job->tap->tests[i].outcome == outcome;
    return lost;
}

char *run_test_name(const struct run_job *job, const char *test)
{
    char *name = NULL;

    if (!*job->variant)
        return strdup(test);
    text_format(&name, "%s [%s]", test, job->variant);
    return name;
}
