// SPDX-License-Identifier: Apache-2.0
#include "select/jobs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/families.h"

/* A test that nobody has timed: for the cut into shards, and on this machine, where it may have to
 * wait for others. */
#define SELECT_SHARD_TEST_MS 25
#define SELECT_TEST_MS       100

static int select_no_memory(void)
{
    return err_r(ENOMEM, "cannot select tests");
}

static bool select_is_in(const struct select_test *test, const struct select_job *job)
{
    return test->file == job->file && test->selected_in & families_bit(job->family);
}

/* ---- the names, for bats ---- */

static void select_put_name(FILE *out, const char *name)
{
    for (; *name; name++) {
        if (strchr("][\\.*^$+?(){}|", *name))
            putc('\\', out);
        putc(*name, out);
    }
}

static int select_names(const struct selection *selection, struct select_job *job)
{
    size_t size;
    FILE *out = open_memstream(&job->names, &size);
    bool first = true;

    if (!out)
        return select_no_memory();
    fputs("^(", out);
    for (size_t i = 0; i < selection->n_tests; i++) {
        if (!select_is_in(&selection->tests[i], job))
            continue;
        if (!first)
            putc('|', out);
        first = false;
        select_put_name(out, selection->tests[i].name);
    }
    fputs(")$", out);
    return fclose(out) == 0 ? 0 : select_no_memory();
}

/* ---- jobs ---- */

static int select_add_job(struct selection *selection, size_t file, enum family family, bool whole)
{
    struct select_job job = {
        .file = selection->files.items[file],
        .path = selection->paths.items[file],
        .family = family,
        .whole = whole,
    };
    struct select_job *jobs;
    size_t in_file = 0;

    for (size_t i = 0; i < selection->n_tests; i++) {
        in_file += selection->tests[i].file == job.file;
        job.n_tests += select_is_in(&selection->tests[i], &job);
    }
    if (job.n_tests == 0)
        return 0;
    jobs = reallocarray(selection->jobs, selection->n_jobs + 1, sizeof(*jobs));
    if (!jobs)
        return select_no_memory();
    selection->jobs = jobs;
    jobs[selection->n_jobs] = job;
    return job.n_tests == in_file ? (selection->n_jobs++, 0)
                                  : select_names(selection, &jobs[selection->n_jobs++]);
}

int select_jobs(struct selection *selection, const bool *whole)
{
    for (size_t file = 0; file < selection->files.n; file++) {
        for (enum family family = FAMILY_V4; family < FAMILIES_COUNT; family++) {
            int r = select_add_job(selection, file, family, whole[file]);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* The longest first; those of equal length by path and family, by their bytes. */
static int select_compare_jobs(const void *a, const void *b)
{
    const struct select_job *x = a, *y = b;
    int names = strcmp(x->path, y->path);

    if (x->expected_ms != y->expected_ms)
        return x->expected_ms < y->expected_ms ? 1 : -1;
    return names != 0 ? names : strcmp(family_name(x->family), family_name(y->family));
}

static void select_sort(struct selection *selection)
{
    if (selection->n_jobs > 0)
        qsort(selection->jobs, selection->n_jobs, sizeof(*selection->jobs), select_compare_jobs);
}

/* ---- shards ---- */

static int64_t select_shard_ms(const struct durations *times, const struct select_job *job)
{
    int64_t known = job->whole ? durations_find(times, job->file, family_name(job->family)) : -1;

    return known >= 0 ? known : (int64_t)job->n_tests * SELECT_SHARD_TEST_MS;
}

static size_t select_least(const int64_t *loads, size_t n)
{
    size_t least = 0;

    for (size_t i = 1; i < n; i++)
        if (loads[i] < loads[least])
            least = i;
    return least;
}

/* Of the tests only what the jobs run stays selected. */
static void select_keep_tests(struct selection *selection)
{
    for (size_t i = 0; i < selection->n_tests; i++) {
        struct select_test *test = &selection->tests[i];
        unsigned kept = 0;

        for (size_t k = 0; k < selection->n_jobs; k++)
            if (select_is_in(test, &selection->jobs[k]))
                kept |= families_bit(selection->jobs[k].family);
        test->selected_in = kept;
    }
}

/* The jobs have the longest first, by what a shard is cut by. */
static void select_keep_jobs(struct selection *selection, int64_t *loads, unsigned shard,
                             unsigned shards)
{
    size_t kept = 0;

    for (size_t i = 0; i < selection->n_jobs; i++) {
        struct select_job job = selection->jobs[i];
        size_t least = select_least(loads, shards);

        loads[least] += job.expected_ms;
        if (least + 1 == shard)
            selection->jobs[kept++] = job;
        else
            free(job.names);
    }
    selection->n_jobs = kept;
}

int select_cut_shard(struct selection *selection, const struct durations *times, unsigned shard,
                     unsigned shards)
{
    _cleanup_free_ int64_t *loads = calloc(shards, sizeof(*loads));
    size_t n_jobs = selection->n_jobs;

    if (!loads)
        return select_no_memory();
    for (size_t i = 0; i < n_jobs; i++)
        selection->jobs[i].expected_ms = select_shard_ms(times, &selection->jobs[i]);
    select_sort(selection);
    select_keep_jobs(selection, loads, shard, shards);
    if (selection->n_jobs == 0)
        return err_say(EINVAL, "shard %u/%u has no tests: there are %zu parts to share out", shard,
                       shards, n_jobs);
    select_keep_tests(selection);
    return 0;
}

/* ---- the order on this machine ---- */

/* How many tests of the job's file run in its family, selected or not. */
static size_t select_all_tests(const struct selection *selection, const struct select_job *job)
{
    size_t n = 0;

    for (size_t i = 0; i < selection->n_tests; i++)
        n += selection->tests[i].file == job->file &&
             selection->tests[i].runs_in & families_bit(job->family);
    return n;
}

static int64_t select_expected_ms(const struct selection *selection, const struct durations *here,
                                  const struct durations *times, const struct select_job *job)
{
    const char *family = family_name(job->family);
    int64_t known = durations_find(here, job->file, family);
    size_t all = select_all_tests(selection, job);

    if (known < 0)
        known = durations_find(times, job->file, family);
    if (known < 0)
        return (int64_t)job->n_tests * SELECT_TEST_MS;
    return known * (int64_t)job->n_tests / (int64_t)all;
}

void select_order(struct selection *selection, const struct durations *here,
                  const struct durations *times)
{
    for (size_t i = 0; i < selection->n_jobs; i++)
        selection->jobs[i].expected_ms =
            select_expected_ms(selection, here, times, &selection->jobs[i]);
    select_sort(selection);
}
