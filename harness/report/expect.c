// SPDX-License-Identifier: Apache-2.0
#include "report/expect.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/expect_line.h"

static int expect_no_memory(void)
{
    return err_r(ENOMEM, "cannot read the expectations");
}

/* ---- the file ---- */

static int expect_add(struct expectations *e, const struct expect_line *line)
{
    struct expect_line *lines = reallocarray(e->lines, e->n_lines + 1, sizeof(*lines));

    if (!lines)
        return expect_no_memory();
    e->lines = lines;
    e->lines[e->n_lines++] = *line;
    return 0;
}

static int expect_take(struct expectations *e, size_t number, const char *text, size_t length)
{
    _cleanup_free_ char *clean = text_clean(text, length);
    struct expect_line line = {.number = number};
    int r = clean ? expect_line_parse(clean, e->path, &line) : expect_no_memory();

    if (r < 0 || !line.id)
        return r;
    r = expect_add(e, &line);
    if (r < 0)
        expect_line_free(&line);
    return r;
}

/* Goes on behind a malformed line, so that all of them are said. */
static int expect_read_lines(struct expectations *e, FILE *file)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0, number = 0;
    ssize_t length;
    int first = 0;

    while ((length = getline(&text, &size, file)) >= 0) {
        int r = expect_take(e, ++number, text, (size_t)length);

        if (r < 0 && r != -EINVAL)
            return r;
        first = first < 0 ? first : r;
    }
    return ferror(file) ? err_r(errno, "cannot read '%s'", e->path) : first;
}

int expect_read(const char *path, struct expectations **out)
{
    _cleanup_(expect_free) struct expectations *e = calloc(1, sizeof(*e));
    _cleanup_fclose_ FILE *file = NULL;
    int r;

    if (!e || !(e->path = strdup(path)))
        return expect_no_memory();
    file = fopen(path, "re");
    if (!file)
        return err_r(errno, "cannot open the expectations '%s'", path);
    r = expect_read_lines(e, file);
    if (r < 0)
        return r;
    *out = TAKE_PTR(e);
    return 0;
}

void expect_free(struct expectations **expectations)
{
    struct expectations *e = *expectations;

    if (!e)
        return;
    for (size_t i = 0; i < e->n_lines; i++)
        expect_line_free(&e->lines[i]);
    free(e->lines);
    free(e->path);
    free(e);
    *expectations = NULL;
}

/* ---- do the lines name tests? ---- */

static const char *const expect_families[] = {"v4", "v6", "mapped"};

/* The first family that the line names and the test does not run in; NULL when there is none. */
static const char *expect_family_beyond(const struct expect_line *line, const char *runs_in)
{
    for (size_t i = 0; i < ARRAY_SIZE(expect_families); i++)
        if (expect_has_word(line->families, expect_families[i]) &&
            !expect_has_word(runs_in, expect_families[i]))
            return expect_families[i];
    return NULL;
}

static bool expect_is_for(const struct expect_line *line, const char *family)
{
    return !*line->families || expect_has_word(line->families, family);
}

/* The families of the line's test, from a line of `tests`; NULL when it is about another one. */
static const char *expect_known_families(const struct expect_line *line, char *known)
{
    char *test = strchr(known, '\t'), *families = test ? strchr(test + 1, '\t') : NULL;

    if (!families)
        return NULL;
    *test++ = '\0';
    *families++ = '\0';
    families[strcspn(families, "\n")] = '\0';
    return strcmp(known, line->file) == 0 && strcmp(test, line->test) == 0 ? families : NULL;
}

static int expect_verify_known(const struct expectations *e, const struct expect_line *line,
                               FILE *tests)
{
    _cleanup_free_ char *known = NULL;
    size_t size = 0;

    rewind(tests);
    while (getline(&known, &size, tests) >= 0) {
        const char *families = expect_known_families(line, known);
        const char *beyond = families ? expect_family_beyond(line, families) : NULL;

        if (beyond)
            return err_say(EINVAL, "%s:%zu: the test does not run in %s, only in: %s", e->path,
                           line->number, beyond, families);
        if (families)
            return 0;
    }
    return err_say(EINVAL, "%s:%zu: there is no test '%s: %s'", e->path, line->number, line->file,
                   line->test);
}

static bool expect_overlap(const struct expect_line *a, const struct expect_line *b)
{
    if (strcmp(a->file, b->file) != 0 || strcmp(a->test, b->test) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(expect_families); i++)
        if (expect_is_for(a, expect_families[i]) && expect_is_for(b, expect_families[i]))
            return true;
    return false;
}

static int expect_verify_twice(const struct expectations *e, const struct expect_line *line)
{
    for (const struct expect_line *other = e->lines; other < line; other++)
        if (expect_overlap(line, other))
            return err_say(EINVAL, "%s:%zu: line %zu is about the same test", e->path, line->number,
                           other->number);
    return 0;
}

int expect_verify(const struct expectations *e, const char *dir)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *tests = NULL;
    int first = 0;

    if (asprintf(&path, "%s/tests", dir) < 0) {
        path = NULL;
        return expect_no_memory();
    }
    tests = fopen(path, "re");
    if (!tests)
        return err_r(errno, "there is no list of the tests in '%s'", dir);
    for (size_t i = 0; i < e->n_lines; i++) {
        int r = expect_verify_known(e, &e->lines[i], tests);

        if (r == 0)
            r = expect_verify_twice(e, &e->lines[i]);
        first = first < 0 ? first : r;
    }
    return first;
}

/* ---- results ---- */

static void expect_count(struct run *run, struct run_job *job, long failed, long skipped)
{
    job->failed += (size_t)failed;
    run->failed += (size_t)failed;
    job->skipped += (size_t)skipped;
    run->skipped += (size_t)skipped;
}

static int expect_excuse(const struct expect_line *line, struct run *run, struct run_job *job,
                         struct tap_test *test)
{
    if (asprintf(&test->reason, "expected: %s (%s, until %s)", line->reason, line->link,
                 line->expiry) < 0) {
        test->reason = NULL;
        return expect_no_memory();
    }
    test->outcome = TAP_SKIPPED;
    expect_count(run, job, -1, 1);
    /* What went wrong with the job as a whole was accounted for by this failure. */
    if (job->problems.n > 0 && job->failed == 0)
        expect_count(run, job, 1, 0);
    return 0;
}

static int expect_surprise(const struct expectations *e, const struct expect_line *line,
                           struct run *run, struct run_job *job, struct tap_test *test)
{
    free(test->detail);
    if (asprintf(&test->detail,
                 "expected to fail, and passed: %s:%zu can go\n  expected: %s (%s, until %s)",
                 e->path, line->number, line->reason, line->link, line->expiry) < 0) {
        test->detail = NULL;
        return expect_no_memory();
    }
    test->outcome = TAP_FAILED;
    expect_count(run, job, 1, 0);
    job->passed--;
    run->passed--;
    return 0;
}

static bool expect_is_sometimes(const struct expect_line *line)
{
    static const char word[] = "sometimes: ";

    return strncmp(line->reason, word, sizeof(word) - 1) == 0;
}

static int expect_apply_job(const struct expectations *e, const struct expect_line *line,
                            struct run *run, struct run_job *job)
{
    int r = 0;

    for (size_t t = 0; r == 0 && t < job->tap->n_tests; t++) {
        struct tap_test *test = &job->tap->tests[t];

        if (strcmp(test->name, line->test) != 0)
            continue;
        if (test->outcome == TAP_FAILED)
            r = expect_excuse(line, run, job, test);
        else if (test->outcome == TAP_PASSED && !expect_is_sometimes(line))
            r = expect_surprise(e, line, run, job, test);
    }
    return r;
}

static int expect_apply_line(const struct expectations *e, const struct expect_line *line,
                             struct run *run)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < run->n_jobs; i++) {
        struct run_job *job = &run->jobs[i];

        if (strcmp(job->name, line->file) == 0 && expect_is_for(line, job->variant))
            r = expect_apply_job(e, line, run, job);
    }
    return r;
}

static int expect_expired(const struct expectations *e, const struct expect_line *line,
                          struct run *run)
{
    _cleanup_free_ char *name = NULL, *detail = NULL;

    if (asprintf(&name, "line %zu, %s: %s", line->number, line->file, line->test) < 0)
        name = NULL;
    if (asprintf(&detail, "expired: it was to hold until %s: %s (%s)", line->expiry, line->reason,
                 line->link) < 0)
        detail = NULL;
    if (!name || !detail)
        return expect_no_memory();
    return run_add_failure(run, "expectations", e->path, name, detail);
}

int expect_apply(const struct expectations *e, const char *today, struct run *run)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < e->n_lines; i++) {
        const struct expect_line *line = &e->lines[i];

        r = strcmp(line->expiry, today) < 0 ? expect_expired(e, line, run)
                                            : expect_apply_line(e, line, run);
    }
    return r;
}
