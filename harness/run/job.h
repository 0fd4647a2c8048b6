/* SPDX-License-Identifier: Apache-2.0 */
/* One job: a process that is a set of tests, and what came out of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "common/loop.h"
#include "common/strings.h"
#include "report/results.h"
#include "run/lines.h"
#include "run/process.h"
#include "run/watch.h"

enum job_kind {
    JOB_BATS,    /* prints bats' extended TAP, which gets time stamps as it comes */
    JOB_PROGRAM, /* prints TAP */
    JOB_COMMAND, /* is one test itself: what it prints is shown when it fails */
};

struct job_spec {
    const char *name, *variant; /* the variant may be "" */
    enum job_kind kind;
    const char *title; /* JOB_COMMAND: the test's name */
    long n_tests;      /* -1: not known */
    bool is_part;      /* not all of its file: how long it takes says nothing about the file */
    int limit_s;
    int64_t expected_ms; /* as long as it takes; 0: not known */
    /* What is run; its streams, its group and its mark are the job's affair. */
    const char *const *argv, *const *environment;
    uid_t uid; /* 0: the caller's */
    gid_t gid;
};

enum job_state { JOB_WAITS, JOB_RUNS, JOB_ENDED, JOB_DROPPED };

struct job {
    char *name, *variant, *title;
    struct strings argv, environment;
    enum job_kind kind;
    long n_tests;
    bool is_part;
    int limit_s;
    uid_t uid;
    gid_t gid;
    int64_t expected_ms, elapsed_ms;

    size_t number; /* in the results */
    char *mark;    /* WAYPOST_JOB=RUN/NUMBER */
    enum job_state state;
    int64_t started_ns;
    struct process process;
    struct loop_source ended;  /* the pidfd */
    struct loop_source output; /* the pipe with what it prints */
    struct lines lines;
    struct strings said; /* JOB_COMMAND: what it printed */
    size_t passed, failed, skipped, inconclusive;
    bool is_failing;      /* its last result is a failure, of which more may be said */
    bool is_counted;      /* its results came by */
    struct watch watch;   /* for its limit */
    struct limits start;  /* what the machine had refused before it, */
    struct limits so_far; /* before its last test, */
    struct limits looked; /* and when its output was read last */
    void *owner;          /* the jobs that it belongs to */
};

/* Copies everything. */
int job_new(const struct job_spec *spec, struct job **out);
/* Takes NULL; clears *job. A process that runs is not touched. */
void job_free(struct job **job);

/* "120-connect [v4]"; the caller frees it, NULL is no memory. */
char *job_title(const struct job *job);

/* Starts its process, in a group of its own, with stderr to DIR/NAME.VARIANT.err. Fills the fds of
 * the two sources, which the caller adds to its loop. */
int job_start(struct job *job, const char *dir);

/* What came by. */
struct job_news {
    bool failed; /* a test, and all is said of it */
    bool began;  /* another one */
    bool tests;  /* results */
};

/* Reads what there is, and writes it to the results. */
int job_read(struct job *job, struct results_writer *results, struct job_news *news);
/* The same when its process has ended: what comes later, of others that hold its output, does not
 * count. */
int job_read_rest(struct job *job, struct results_writer *results, struct job_news *news);

/* Of JOB_COMMAND, when it has ended: its one test. */
int job_write_command(struct job *job, struct results_writer *results, bool passed);

/* Of one that ended badly: what the machine was short of meanwhile (common/limits.h), or "". Of
 * JOB_COMMAND its test says it. */
int job_short_of(const struct job *job, const char *dir, char why[LIMITS_TEXT_MAX]);

/* "3 passed, 1 failed, 2 skipped" */
void job_counts(const struct job *job, char *out, size_t size);
