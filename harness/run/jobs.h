/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs side by side: started, watched, ended at their limits, and what they print written to the
 * results. Whether it is good or bad is for `waypost report` to say; here it is counted for whoever
 * watches.
 */
#pragma once

#include "run/job.h"

struct jobs;

struct jobs_settings {
    const char *dir;                /* of the results */
    const char *run;                /* the run's name: marks the processes */
    struct results_writer *results; /* stays the caller's */
    size_t side_by_side;
    bool fail_fast; /* the first test that fails ends all of it */
};

/* What is pointed to stays the caller's, and stays. */
int jobs_new(const struct jobs_settings *settings, struct jobs **out);
/* Takes NULL; clears *jobs. */
void jobs_free(struct jobs **jobs);

/* Puts it into the plan. */
int jobs_add(struct jobs *jobs, const struct job_spec *spec);
/* Runs what was added since the last call, those first that were added first. After --fail-fast has
 * ended a run it does nothing. -errno, said, when the results cannot be written or a process cannot
 * be started; the jobs that run then are left to the sandbox. */
int jobs_run(struct jobs *jobs);

/* Jobs that failed. */
size_t jobs_failed(const struct jobs *jobs);
/* Calls `fn` for each job that ended by itself. */
typedef int (*jobs_fn)(const struct job *job, void *data);
int jobs_each(const struct jobs *jobs, jobs_fn fn, void *data);
