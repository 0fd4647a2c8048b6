// SPDX-License-Identifier: Apache-2.0
#include "vm/matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

/* The word of a verdict after which the results count. */
#define MATRIX_ENDED        "ended"
#define MATRIX_INCONCLUSIVE "inconclusive"

static void matrix_free_tests(struct matrix_kernel *k)
{
    for (size_t i = 0; i < k->n_tests; i++)
        free(k->tests[i].name);
    free(k->tests);
}

void matrix_free(struct matrix **matrix)
{
    struct matrix *m = TAKE_PTR(*matrix);

    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++) {
        json_decref(m->kernels[i].kernel);
        json_decref(m->kernels[i].verdict);
        run_free(&m->kernels[i].run);
        matrix_free_tests(&m->kernels[i]);
    }
    free(m->kernels);
    free(m);
}

/* ---- skips ---- */

static bool matrix_begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* "PROBE: why …" of a probe that may be missing there. */
static bool matrix_probe_may_be_missing(const json_t *kernel, const char *reason)
{
    const json_t *probe;
    size_t i;

    json_array_foreach (json_object_get(kernel, "missing"), i, probe) {
        const char *name = json_string_value(probe);

        if (name && matrix_begins(reason, name) && reason[strlen(name)] == ':')
            return true;
    }
    return false;
}

static bool matrix_skip_is_allowed(const struct matrix_kernel *k, const char *reason, bool objects)
{
    if (matrix_begins(reason, "expected: ") || matrix_probe_may_be_missing(k->kernel, reason))
        return true;
    return objects && (strstr(reason, " is missing") || strstr(reason, " is refused"));
}

static const char *matrix_find_skip(const struct matrix_kernel *k, bool objects)
{
    for (size_t i = 0; i < k->run->n_jobs; i++) {
        const struct tap_stream *tap = k->run->jobs[i].tap;

        for (size_t t = 0; t < tap->n_tests; t++) {
            if (tap->tests[t].outcome == TAP_SKIPPED &&
                !matrix_skip_is_allowed(k, tap->tests[t].reason, objects))
                return tap->tests[t].reason;
        }
    }
    return NULL;
}

/* ---- reading ---- */

static int matrix_read_json(const char *dir, const char *name, json_t **out)
{
    _cleanup_free_ char *path = NULL;

    int r = text_format(&path, "%s/%s", dir, name);

    return r < 0 ? r : json_read_file(path, JSON_REPORT_MAX, out);
}

static int matrix_read_run(const char *dir, struct run **out)
{
    _cleanup_free_ char *path = NULL, *plan = NULL;

    int r = text_format(&path, "%s/results", dir);

    if (r < 0)
        return r;
    r = text_format(&plan, "%s/plan", path);
    if (r < 0)
        return r;
    return access(plan, R_OK) < 0 ? 0 : run_read(path, false, out);
}

static int matrix_add_test(struct matrix_kernel *k, const struct run_job *job,
                           const struct tap_test *test)
{
    _cleanup_free_ char *name = run_test_name(job, test->name);
    struct differences_test *out = &k->tests[k->n_tests];

    int r;

    if (!name)
        return err_r(ENOMEM, "cannot compare the kernels");
    r = text_format(&out->name, "%s: %s", job->name, name);
    if (r < 0)
        return r;
    out->outcome = test->outcome;
    k->n_tests++;
    return 0;
}

static int matrix_take_job(struct matrix_kernel *k, const struct run_job *job)
{
    for (size_t t = 0; t < job->tap->n_tests; t++) {
        int r = matrix_add_test(k, job, &job->tap->tests[t]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* The results once more, by the names that the tests have everywhere. */
static int matrix_take_tests(struct matrix_kernel *k)
{
    size_t n = 0;

    for (size_t i = 0; k->run && i < k->run->n_jobs; i++)
        n += k->run->jobs[i].tap->n_tests;
    k->tests = calloc(n + 1, sizeof(*k->tests));
    if (!k->tests)
        return err_r(ENOMEM, "cannot compare the kernels");
    for (size_t i = 0; k->run && i < k->run->n_jobs; i++) {
        int r = matrix_take_job(k, &k->run->jobs[i]);

        if (r < 0)
            return r;
    }
    differences_sort(k->tests, k->n_tests);
    return 0;
}

static int matrix_read_verdict(struct matrix_kernel *k)
{
    int r = json_get_string(k->verdict, "verdict", &k->outcome);

    if (r < 0)
        return r;
    r = json_get_string(k->verdict, "detail", &k->detail);
    if (r < 0)
        return r;
    r = json_get_string(k->verdict, "accelerator", &k->accelerator);
    if (r < 0)
        return r;
    return json_get_integer(k->verdict, "seconds", 0, INT32_MAX, &k->seconds);
}

/* What counts: an end in order, results, no failed test among them, no skip that is not allowed. */
static void matrix_judge(struct matrix_kernel *k, bool objects)
{
    if (strcmp(k->outcome, MATRIX_ENDED) != 0)
        return;
    k->outcome = "failed";
    if (!k->run) {
        k->detail = *k->detail ? k->detail : "it left no results";
        return;
    }
    k->skip = matrix_find_skip(k, objects);
    if (run_exit_code(k->run, true) == 0 && !k->skip)
        k->outcome = "passed";
    else if (k->run->failed == 0 && k->run->inconclusive > 0 && !k->skip)
        k->outcome = MATRIX_INCONCLUSIVE;
}

static int matrix_read_kernel(const char *dir, bool objects, struct matrix_kernel *k)
{
    int r = matrix_read_json(dir, "kernel.json", &k->kernel);

    if (r < 0)
        return r;
    r = matrix_read_json(dir, "verdict.json", &k->verdict);
    if (r < 0)
        return r;
    r = matrix_read_verdict(k);
    if (r < 0)
        return r;
    r = matrix_read_run(dir, &k->run);
    if (r < 0)
        return r;
    r = matrix_take_tests(k);
    if (r < 0)
        return r;
    matrix_judge(k, objects);
    return 0;
}

static void matrix_count(struct matrix *m, const struct matrix_kernel *k)
{
    size_t failed = k->run ? k->run->failed : 0;
    bool well = strcmp(k->outcome, "passed") == 0 || strcmp(k->outcome, MATRIX_INCONCLUSIVE) == 0;

    m->passed += k->run ? k->run->passed : 0;
    m->skipped += k->run ? k->run->skipped : 0;
    m->inconclusive += k->run ? k->run->inconclusive : 0;
    m->failed += failed == 0 && !well ? 1 : failed;
}

int matrix_read(char *const *dirs, size_t n, bool objects, struct matrix **out)
{
    _cleanup_(matrix_free) struct matrix *m = calloc(1, sizeof(*m));

    if (!m || !(m->kernels = calloc(n, sizeof(*m->kernels))))
        return err_r(ENOMEM, "cannot compare the kernels");
    while (m->n < n) {
        struct matrix_kernel *k = &m->kernels[m->n++];
        int r = matrix_read_kernel(dirs[m->n - 1], objects, k);

        if (r < 0)
            return r;
        matrix_count(m, k);
    }
    *out = TAKE_PTR(m);
    return 0;
}
