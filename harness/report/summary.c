// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/tap_directive.h"

/* A reason is shown with this many lines at its beginning, where bats says what failed, and at its
 * end, where the last words are. */
#define SUMMARY_HEAD 10
#define SUMMARY_TAIL 14
/* From here on failures are shown by name only. */
#define SUMMARY_DETAILED_MAX 20
/* Names under one reason for a skip. */
#define SUMMARY_SKIPS_MAX 6

static int summary_no_memory(void)
{
    return err_r(ENOMEM, "cannot print the summary");
}

/* ---- reasons ---- */

/* bats' stack, but for the line that names the test. */
static bool summary_is_stack(const char *line)
{
    return strstr(line, "from function `") && !strstr(line, "in test file");
}

/* The lines of a text, each only once, and none that is blank or only says how it came to that. */
static int summary_distinct(const char *text, struct strings *lines)
{
    size_t length;

    for (const char *line = text; *line; line += length, line += strspn(line, "\n")) {
        _cleanup_free_ char *copy = NULL;

        length = strcspn(line, "\n");
        copy = strndup(line, length);
        if (!copy)
            return -ENOMEM;
        if (strspn(copy, " \t") == length || summary_is_stack(copy) || strings_have(lines, copy))
            continue;
        if (strings_take(lines, TAKE_PTR(copy)) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int summary_reason(FILE *out, const char *text)
{
    _cleanup_strings_ struct strings lines = {0};
    int r = summary_distinct(text, &lines);
    bool cut = lines.n > SUMMARY_HEAD + SUMMARY_TAIL + 1;

    if (r < 0)
        return r;
    for (size_t i = 0; i < lines.n; i++) {
        if (cut && i == SUMMARY_HEAD) {
            fprintf(out, "    ... %zu more lines ...\n", lines.n - SUMMARY_HEAD - SUMMARY_TAIL);
            i = lines.n - SUMMARY_TAIL;
        }
        fprintf(out, "    %s\n", lines.items[i]);
    }
    return 0;
}

/* ---- failures, and what is inconclusive ---- */

static const char *summary_word(bool inconclusive)
{
    return inconclusive ? "INCONCLUSIVE" : "FAILED";
}

/* Where it failed, or all that was said where bats does not tell. */
static size_t summary_where(const char *detail)
{
    size_t where = tap_where(detail);

    return where > 0 ? where : strlen(detail);
}

/* One test of several variants (of several families) that failed at the same place. */
static bool summary_same(const struct tap_test *a, const struct tap_test *b)
{
    size_t where = a->detail ? summary_where(a->detail) : 0;

    return b->outcome == a->outcome && strcmp(a->name, b->name) == 0 && a->detail && b->detail &&
           summary_where(b->detail) == where && strncmp(a->detail, b->detail, where) == 0;
}

/* The test of the job that failed as `test` did, or NULL. */
static const struct tap_test *summary_find_same(const struct run_job *job, const struct run_job *of,
                                                const struct tap_test *test)
{
    if (strcmp(job->name, of->name) != 0)
        return NULL;
    for (size_t t = 0; t < job->tap->n_tests; t++) {
        if (summary_same(test, &job->tap->tests[t]))
            return &job->tap->tests[t];
    }
    return NULL;
}

/* "[v4 v6]": the variants from this job on in which the test failed in the same way. */
static void summary_variants(FILE *out, const struct run *run, const struct run_job *job,
                             const struct tap_test *test)
{
    const struct run_job *end = run->jobs + run->n_jobs;

    if (!*job->variant)
        return;
    fprintf(out, " [%s", job->variant);
    for (const struct run_job *other = job + 1; other < end; other++) {
        if (summary_find_same(other, job, test))
            fprintf(out, " %s", other->variant);
    }
    fprintf(out, "]");
}

/* Was it printed with an earlier job? */
static bool summary_was_shown(const struct run *run, const struct run_job *job,
                              const struct tap_test *test)
{
    for (const struct run_job *other = run->jobs; other < job; other++) {
        if (summary_find_same(other, job, test))
            return true;
    }
    return false;
}

static int summary_failed_test(FILE *out, const struct run *run, const struct run_job *job,
                               const struct tap_test *test, bool detailed)
{
    bool inconclusive = test->outcome == TAP_INCONCLUSIVE;

    fprintf(out, "%s %s: %s", summary_word(inconclusive), job->name, test->name);
    summary_variants(out, run, job, test);
    fprintf(out, "\n");
    if (!detailed)
        return 0;
    if (inconclusive)
        fprintf(out, "    %s\n", test->reason);
    else if (test->detail && summary_reason(out, test->detail) < 0)
        return -ENOMEM;
    fprintf(out, "    see %s\n", job->tap_path);
    return 0;
}

static int summary_failed_whole(FILE *out, const struct run_job *job)
{
    _cleanup_free_ char *name = run_test_name(job, job->name);

    if (!name)
        return -ENOMEM;
    for (size_t i = 0; i < job->problems.n; i++)
        fprintf(out, "%s %s: %s\n", summary_word(job->starved), name, job->problems.items[i]);
    if (summary_reason(out, job->stderr_end) < 0)
        return -ENOMEM;
    fprintf(out, "    see %s\n", job->tap_path);
    return 0;
}

static int summary_failed_job(FILE *out, const struct run *run, const struct run_job *job,
                              enum tap_outcome outcome, size_t *shown)
{
    bool whole = job->starved == (outcome == TAP_INCONCLUSIVE);

    for (size_t t = 0; t < job->tap->n_tests; t++) {
        const struct tap_test *test = &job->tap->tests[t];

        if (test->outcome != outcome || summary_was_shown(run, job, test))
            continue;
        if (summary_failed_test(out, run, job, test, (*shown)++ < SUMMARY_DETAILED_MAX) < 0)
            return -ENOMEM;
    }
    return job->problems.n > 0 && whole ? summary_failed_whole(out, job) : 0;
}

static int summary_failures(FILE *out, const struct run *run, enum tap_outcome outcome)
{
    size_t shown = 0;

    for (size_t i = 0; i < run->n_jobs; i++)
        if (summary_failed_job(out, run, &run->jobs[i], outcome, &shown) < 0)
            return -ENOMEM;
    return 0;
}

/* ---- skips ---- */

typedef int (*summary_skip_fn)(const struct run_job *job, const struct tap_test *test, void *data);

static int summary_each_skip(const struct run *run, summary_skip_fn fn, void *data)
{
    for (size_t i = 0; i < run->n_jobs; i++) {
        for (size_t t = 0; t < run->jobs[i].tap->n_tests; t++) {
            const struct tap_test *test = &run->jobs[i].tap->tests[t];

            if (test->outcome == TAP_SKIPPED && fn(&run->jobs[i], test, data) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}

static int summary_collect_reason(const struct run_job *job, const struct tap_test *test,
                                  void *data)
{
    struct strings *reasons = data;

    (void)job;
    return strings_have(reasons, test->reason) ? 0 : strings_take(reasons, strdup(test->reason));
}

struct summary_skip {
    const char *reason;
    struct strings names;
};

static int summary_collect_name(const struct run_job *job, const struct tap_test *test, void *data)
{
    struct summary_skip *skip = data;

    if (strcmp(test->reason, skip->reason) != 0)
        return 0;
    return strings_take(&skip->names, run_test_name(job, test->name));
}

static void summary_skip_print(FILE *out, const struct summary_skip *skip)
{
    size_t n = skip->names.n;

    fprintf(out, "skipped (%zu): %s\n", n, *skip->reason ? skip->reason : "no reason given");
    for (size_t i = 0; i < n && i < SUMMARY_SKIPS_MAX; i++)
        fprintf(out, "    %s\n", skip->names.items[i]);
    if (n > SUMMARY_SKIPS_MAX)
        fprintf(out, "    and %zu more\n", n - SUMMARY_SKIPS_MAX);
}

static int summary_skip_reason(FILE *out, const struct run *run, const char *reason)
{
    struct summary_skip skip = {.reason = reason};
    int r = summary_each_skip(run, summary_collect_name, &skip);

    if (r == 0)
        summary_skip_print(out, &skip);
    strings_clear(&skip.names);
    return r;
}

static int summary_skips(FILE *out, const struct run *run)
{
    _cleanup_strings_ struct strings reasons = {0};

    if (summary_each_skip(run, summary_collect_reason, &reasons) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < reasons.n; i++)
        if (summary_skip_reason(out, run, reasons.items[i]) < 0)
            return -ENOMEM;
    return 0;
}

int summary_print(const struct run *run, bool allow_skipped, FILE *out)
{
    if (summary_failures(out, run, TAP_FAILED) < 0 ||
        summary_failures(out, run, TAP_INCONCLUSIVE) < 0 || summary_skips(out, run) < 0)
        return summary_no_memory();
    if (run->unfinished > 0)
        fprintf(out, "%s: %zu of %zu files did not end\n", run->stopped, run->unfinished,
                run->n_jobs);
    if (run_skipped_only(run) && !allow_skipped)
        fprintf(out, "%s\n", RUN_SKIPPED_ONLY);
    run_print_counts(out, run->passed, run->failed, run->skipped, run->inconclusive);
    return 0;
}
