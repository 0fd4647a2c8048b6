/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of tests from its name to its exit code: the results directory, the sandbox, the jobs in
 * it, and what is reported at the end.
 */
#pragma once

#include "select/durations.h"
#include "run/jobs.h"
#include "run/options.h"
#include "run/site.h"

/* In $BUILD: how long jobs took here, and what failed last time. */
#define SESSION_DURATIONS "durations"
#define SESSION_FAILED    "last-failed"

struct session {
    const struct site *site;
    const struct options *options;
    const struct selection *selection; /* of the suites */
    char *dir;                         /* "results/RUN" */
    const char *run;
    /* Inside the sandbox: */
    struct results_writer *results;
    struct durations durations; /* what jobs took here before */
    struct jobs *jobs;
};

/* Adds the jobs and runs them, inside the sandbox. */
typedef int (*session_fn)(struct session *session);

/* Returns the exit code. */
int session_run(const struct site *site, const struct options *options,
                const struct selection *selection, session_fn fn);

/* The seconds that a job may take: --time-limit, or `otherwise`. */
int session_limit(const struct session *session, int otherwise);
