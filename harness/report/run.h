/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run left in its directory (report/results.h), read, counted and judged. Nothing counts as
 * passed because a file is missing: a job without an end, without a plan or with fewer results than
 * planned fails, by name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/facts.h"
#include "report/tap.h"
#include "common/strings.h"

struct run_job {
    char *name, *variant;
    enum tap_dialect dialect;
    long selected; /* -1: not known beforehand */
    struct tap_stream *tap;
    int64_t elapsed_us; /* -1 when it did not end */
    size_t passed, failed, skipped, inconclusive;
    size_t missing; /* selected or planned, and without a result */
    /* What went wrong with the job as a whole, one sentence each. Where no test accounts for it, it
     * counts as one test. */
    struct strings problems;
    /* It was killed, or its setup_file ended, on a machine that gave it no turn: what is missing,
     * or the job as a whole, is inconclusive; else it failed. */
    bool starved;
    char *stderr_end; /* the end of what it wrote there, "" when nothing */
    char *tap_path;   /* below the directory as it was given */
};

struct run {
    char *dir;
    struct facts facts;
    struct run_job *jobs; /* in the plan's order */
    size_t n_jobs;
    size_t passed, failed, skipped, inconclusive;
    /* Why the run ended before all of its jobs had; NULL: it did not. A job without an end is then
     * no failure: it counts with the results that it has. */
    char *stopped;
    size_t unfinished; /* jobs without an end, of such a run */
};

/*
 * -ENOENT with a sentence when `dir` holds no run, -EINVAL when its plan cannot be read. With
 * `interrupted` the run counts as stopped, also where it could not write so itself.
 */
int run_read(const char *dir, bool interrupted, struct run **out);
/* Takes NULL; clears *run. */
void run_free(struct run **run);

/* The job, or NULL. */
struct run_job *run_find_job(const struct run *run, const char *name, const char *variant);
/* A new one at the end of the list, without results; NULL when there is no memory. It moves the
 * others. */
struct run_job *run_add_job(struct run *run);
/* Adds a failed test that no process reported, to the job of that name without a variant, which is
 * made where there is none; `path` is the file that has more about it. 0 or -ENOMEM. */
int run_add_failure(struct run *run, const char *job, const char *path, const char *test,
                    const char *detail);

/* Everything that was selected was skipped: not a success, unless somebody says so. */
bool run_skipped_only(const struct run *run);
#define RUN_SKIPPED_ONLY                                                                           \
    "nothing was tested: every selected test was skipped; --allow-skipped takes that for a "       \
    "success"
/* 1 a test failed; else 3 one is inconclusive; else 2 nothing ran, or without `allow_skipped`
 * nothing but skipped tests; else 0. */
int run_exit_code(const struct run *run, bool allow_skipped);
/* "N passed, N failed, N skipped", and what is inconclusive where anything is. */
void run_print_counts(FILE *out, size_t passed, size_t failed, size_t skipped, size_t inconclusive);
/* What counts for the job, and none of its tests stands for: results that are missing, or the job
 * itself. */
size_t run_job_lost(const struct run_job *job);
/* "NAME [VARIANT]", or the name alone where the variant is empty; the caller frees it. */
char *run_test_name(const struct run_job *job, const char *test);
