// SPDX-License-Identifier: Apache-2.0
#include "report/expect.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/families.h"
#include "report/results.h"

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
    int r;

    if (!clean)
        return expect_no_memory();
    r = expect_line_parse(clean, e->path, &line);
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

    if (!e)
        return expect_no_memory();
    e->path = strdup(path);
    if (!e->path)
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

struct expect_search {
    const struct expectations *expectations;
    const struct expect_line *line;
    bool found;
};

/* Is this test the line's, and does it run in all families that the line names? */
static int expect_verify_test(const char *file, const char *test, const char *families, void *data)
{
    struct expect_search *search = data;
    const struct expect_line *line = search->line;
    unsigned runs_in;

    if (search->found || strcmp(file, line->file) != 0 || strcmp(test, line->test) != 0)
        return 0;
    search->found = true;
    if (families_parse(families, &runs_in) < 0)
        return 0;
    for (enum family family = FAMILY_V4; family < FAMILIES_COUNT; family++)
        if (line->families & ~runs_in & families_bit(family))
            return err_say(EINVAL, "%s:%zu: the test does not run in %s, only in: %s",
                           search->expectations->path, line->number, family_name(family), families);
    return 0;
}

static int expect_verify_line(const struct expectations *e, const struct expect_line *line,
                              const char *dir)
{
    struct expect_search search = {.expectations = e, .line = line};
    int r = results_read_tests(dir, expect_verify_test, &search);

    if (r < 0 || search.found)
        return r;
    return err_say(EINVAL, "%s:%zu: there is no test '%s: %s'", e->path, line->number, line->file,
                   line->test);
}

static unsigned expect_families(const struct expect_line *line)
{
    return line->families ? line->families : FAMILIES_ALL;
}

static int expect_verify_twice(const struct expectations *e, const struct expect_line *line)
{
    for (const struct expect_line *other = e->lines; other < line; other++)
        if (strcmp(line->file, other->file) == 0 && strcmp(line->test, other->test) == 0 &&
            expect_families(line) & expect_families(other))
            return err_say(EINVAL, "%s:%zu: line %zu is about the same test", e->path, line->number,
                           other->number);
    return 0;
}

/* Goes on behind a mistake, so that all of them are said. */
int expect_verify(const struct expectations *e, const char *dir)
{
    int first = 0;

    for (size_t i = 0; i < e->n_lines; i++) {
        int r = expect_verify_line(e, &e->lines[i], dir);

        if (r < 0 && r != -EINVAL)
            return r;
        if (r < 0 || expect_verify_twice(e, &e->lines[i]) < 0)
            first = -EINVAL;
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
    if (text_format(&test->reason, "expected: %s (%s, until %s)", line->reason, line->link,
                    line->expiry) < 0)
        return -ENOMEM;
    test->outcome = TAP_SKIPPED;
    expect_count(run, job, -1, 1);
    /* What went wrong with the job as a whole was accounted for by this failure. */
    if (job->problems.n > 0 && job->failed == 0 && !job->starved)
        expect_count(run, job, 1, 0);
    return 0;
}

static int expect_surprise(const struct expectations *e, const struct expect_line *line,
                           struct run *run, struct run_job *job, struct tap_test *test)
{
    free(test->detail);
    if (text_format(&test->detail,
                    "expected to fail, and passed: %s:%zu can go\n  expected: %s (%s, until %s)",
                    e->path, line->number, line->reason, line->link, line->expiry) < 0)
        return -ENOMEM;
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
    for (size_t t = 0; t < job->tap->n_tests; t++) {
        struct tap_test *test = &job->tap->tests[t];
        int r = 0;

        if (strcmp(test->name, line->test) != 0)
            continue;
        if (test->outcome == TAP_FAILED)
            r = expect_excuse(line, run, job, test);
        else if (test->outcome == TAP_PASSED && !expect_is_sometimes(line))
            r = expect_surprise(e, line, run, job, test);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A job without a family (a unit test) is meant by lines that name none. */
static bool expect_is_for(const struct expect_line *line, const struct run_job *job)
{
    enum family family;

    if (strcmp(job->name, line->file) != 0)
        return false;
    if (family_from_name(job->variant, &family) < 0)
        return line->families == 0;
    return expect_families(line) & families_bit(family);
}

static int expect_apply_line(const struct expectations *e, const struct expect_line *line,
                             struct run *run)
{
    for (size_t i = 0; i < run->n_jobs; i++) {
        int r =
            expect_is_for(line, &run->jobs[i]) ? expect_apply_job(e, line, run, &run->jobs[i]) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

static int expect_expired(const struct expectations *e, const struct expect_line *line,
                          struct run *run)
{
    _cleanup_free_ char *name = NULL, *detail = NULL;

    if (text_format(&name, "line %zu, %s: %s", line->number, line->file, line->test) < 0 ||
        text_format(&detail, "expired: it was to hold until %s: %s (%s)", line->expiry,
                    line->reason, line->link) < 0)
        return -ENOMEM;
    return run_add_failure(run, "expectations", e->path, name, detail);
}

int expect_apply(const struct expectations *e, const char *today, struct run *run)
{
    for (size_t i = 0; i < e->n_lines; i++) {
        const struct expect_line *line = &e->lines[i];
        int r = strcmp(line->expiry, today) < 0 ? expect_expired(e, line, run)
                                                : expect_apply_line(e, line, run);

        if (r < 0)
            return r;
    }
    return 0;
}
