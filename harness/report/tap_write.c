// SPDX-License-Identifier: Apache-2.0
#include "report/tap_write.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/patience.h"
#include "common/whole_file.h"

/* "#" would begin a directive. */
static void tap_write_name(FILE *out, const char *name)
{
    for (; *name; name++) {
        if (*name == '#' || *name == '\\')
            fputc('\\', out);
        fputc(*name == '\n' ? ' ' : *name, out);
    }
}

static void tap_write_comment(FILE *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        fprintf(out, "# %.*s\n", (int)length, text);
        text += length;
        text += *text == '\n';
    }
}

/* "ok 7 - 120-connect: CN-1 … [v6]" without its end. */
static int tap_write_head(FILE *out, const struct run_job *job, bool passed, size_t number,
                          const char *test)
{
    _cleanup_free_ char *name = run_test_name(job, test);

    if (!name)
        return -ENOMEM;
    fprintf(out, "%s %zu - ", passed ? "ok" : "not ok", number);
    tap_write_name(out, job->name);
    fputs(": ", out);
    tap_write_name(out, name);
    return 0;
}

static int tap_write_test(FILE *out, const struct run_job *job, const struct tap_test *test,
                          size_t number)
{
    bool passed = test->outcome == TAP_PASSED || test->outcome == TAP_SKIPPED;
    int r = tap_write_head(out, job, passed, number, test->name);

    if (r < 0)
        return r;
    if (test->outcome == TAP_SKIPPED) {
        fputs(" # SKIP ", out);
        tap_write_name(out, test->reason);
    }
    fputc('\n', out);
    if (!passed && test->detail)
        tap_write_comment(out, test->detail);
    return 0;
}

/* The failures that no result stands for. */
static int tap_write_lost(FILE *out, const struct run_job *job, size_t *number)
{
    size_t lost = run_job_lost(job);

    for (size_t i = 1; i <= lost; i++) {
        if (tap_write_head(out, job, false, ++*number,
                           job->missing ? "test without a result" : "the whole") < 0)
            return -ENOMEM;
        fputc('\n', out);
        for (size_t p = 0; i == 1 && p < job->problems.n; p++)
            tap_write_comment(out, job->problems.items[p]);
        if (job->starved)
            tap_write_comment(out, PATIENCE_WORD "the machine had no time for it");
    }
    return 0;
}

static int tap_write_job(FILE *out, const struct run_job *job, size_t *number)
{
    for (size_t i = 0; i < job->tap->n_tests; i++)
        if (tap_write_test(out, job, &job->tap->tests[i], ++*number) < 0)
            return -ENOMEM;
    return tap_write_lost(out, job, number);
}

static int tap_write_run(FILE *out, const void *data)
{
    const struct run *run = data;
    size_t number = 0;

    fprintf(out, "TAP version 13\n1..%zu\n",
            run->passed + run->failed + run->skipped + run->inconclusive);
    for (size_t i = 0; i < run->facts.n; i++)
        fprintf(out, "# %s: %s\n", run->facts.items[i].name, run->facts.items[i].value);
    for (size_t i = 0; i < run->n_jobs; i++)
        if (tap_write_job(out, &run->jobs[i], &number) < 0)
            return -ENOMEM;
    return 0;
}

int tap_write(const struct run *run, const char *path)
{
    return whole_file_write(path, tap_write_run, run);
}
