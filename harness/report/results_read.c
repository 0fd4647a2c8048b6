// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/results.h"

enum { PLAN_NAME, PLAN_VARIANT, PLAN_DIALECT, PLAN_TESTS, PLAN_FIELDS };
enum { END_NAME, END_VARIANT, END_HOW, END_NUMBER, END_ELAPSED, END_PROCESSES, END_FIELDS };
enum { TEST_FILE, TEST_NAME, TEST_FAMILIES, TEST_FIELDS };

/* NULL, with errno, when it cannot be opened. */
static FILE *results_file(const char *dir, const char *name)
{
    _cleanup_free_ char *path = NULL;

    if (text_format(&path, "%s/%s", dir, name) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    return fopen(path, "re");
}

/* Splits at tabs, in place; the last field takes the rest. Returns the number of fields. */
static size_t results_split(char *line, char **fields, size_t max)
{
    size_t n = 0;

    line[strcspn(line, "\n")] = '\0';
    for (char *at = line; at && n < max; n++) {
        fields[n] = at;
        at = n + 1 < max ? strchr(at, '\t') : NULL;
        if (at)
            *at++ = '\0';
    }
    return n;
}

static bool results_number(const char *text, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= 0;
}

/* ---- the plan ---- */

static int results_plan_line(const char *dir, char *line, struct results_job *out)
{
    char *fields[PLAN_FIELDS];

    out->n_tests = -1;
    if (results_split(line, fields, PLAN_FIELDS) != PLAN_FIELDS || strchr(fields[PLAN_NAME], '/') ||
        strchr(fields[PLAN_VARIANT], '/') ||
        (strcmp(fields[PLAN_TESTS], "-") != 0 &&
         !results_number(fields[PLAN_TESTS], &out->n_tests)))
        return err_say(EINVAL, "%s/plan: this line cannot be read: %s", dir, line);
    out->name = fields[PLAN_NAME];
    out->variant = fields[PLAN_VARIANT];
    out->dialect = strcmp(fields[PLAN_DIALECT], "bats") == 0 ? TAP_BATS : TAP_PROGRAM;
    return 0;
}

int results_read_plan(const char *dir, results_job_fn fn, void *data)
{
    _cleanup_fclose_ FILE *file = results_file(dir, "plan");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    if (!file)
        return err_r(errno, "'%s' holds no run: cannot open its plan", dir);
    while (getline(&line, &size, file) >= 0) {
        struct results_job job;
        int r = results_plan_line(dir, line, &job);

        if (r < 0)
            return r;
        r = fn(&job, data);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the ends ---- */

static bool results_read_how(const char *word, enum results_how *out)
{
    for (enum results_how how = RESULTS_EXIT; how <= RESULTS_SHORT; how++) {
        if (strcmp(results_how_name(how), word) != 0)
            continue;
        *out = how;
        return true;
    }
    return false;
}

static bool results_end_line(char *const *fields, struct results_end *out)
{
    long elapsed_ms;

    if (!results_read_how(fields[END_HOW], &out->how) ||
        !results_number(fields[END_NUMBER], &out->number) ||
        !results_number(fields[END_ELAPSED], &elapsed_ms))
        return false;
    out->elapsed_ms = elapsed_ms;
    out->processes = fields[END_PROCESSES];
    return true;
}

int results_read_ends(const char *dir, results_end_fn fn, void *data)
{
    _cleanup_fclose_ FILE *file = results_file(dir, "ends");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    while (file && getline(&line, &size, file) >= 0) {
        char *fields[END_FIELDS];
        struct results_end end;
        int r;

        if (results_split(line, fields, END_FIELDS) != END_FIELDS ||
            !results_end_line(fields, &end))
            continue;
        r = fn(fields[END_NAME], fields[END_VARIANT], &end, data);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the tests that there are ---- */

int results_read_tests(const char *dir, results_test_fn fn, void *data)
{
    _cleanup_fclose_ FILE *file = results_file(dir, "tests");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    if (!file)
        return err_r(errno, "there is no list of the tests in '%s'", dir);
    while (getline(&line, &size, file) >= 0) {
        char *fields[TEST_FIELDS];
        int r;

        if (results_split(line, fields, TEST_FIELDS) != TEST_FIELDS)
            continue;
        r = fn(fields[TEST_FILE], fields[TEST_NAME], fields[TEST_FAMILIES], data);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- why it stopped ---- */

int results_read_stop(const char *dir, char **reason)
{
    _cleanup_fclose_ FILE *file = results_file(dir, "stopped");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    *reason = NULL;
    if (!file || getline(&line, &size, file) < 0)
        return 0;
    line[strcspn(line, "\n")] = '\0';
    *reason = TAKE_PTR(line);
    return 0;
}
