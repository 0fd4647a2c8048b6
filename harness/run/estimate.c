// SPDX-License-Identifier: Apache-2.0
#include "run/estimate.h"

#include "common/deadline.h"

#define ESTIMATE_UNKNOWN_MS 1000
#define NS_PER_MS           1000000LL
/* So much of the work (1/20) is done before the machine's pace is read off it. */
#define ESTIMATE_PACE_PART 20

static size_t estimate_tests_done(const struct job *job)
{
    return job->passed + job->failed + job->skipped + job->inconclusive;
}

/* The work that is left of one job, by its tests; one without is nearly done when it takes longer
 * than expected. */
static int64_t estimate_left(const struct job *job)
{
    int64_t expected = job->expected_ms > 0 ? job->expected_ms : ESTIMATE_UNKNOWN_MS;
    int64_t done = (int64_t)estimate_tests_done(job), elapsed;

    if (job->state == JOB_WAITS)
        return expected;
    if (job->state != JOB_RUNS)
        return 0;
    if (job->n_tests > 1)
        return done < job->n_tests ? expected - expected * done / job->n_tests : 0;
    elapsed = (clock_ns() - job->started_ns) / NS_PER_MS;
    return elapsed < expected ? expected - elapsed : expected / 100;
}

static void estimate_count(const struct job *job, struct progress_state *out)
{
    size_t done = estimate_tests_done(job);

    out->tests_done += done;
    out->tests += job->n_tests > 0 ? (size_t)job->n_tests : done;
    out->failed += job->failed;
    out->expected_ms += job->expected_ms > 0 ? job->expected_ms : ESTIMATE_UNKNOWN_MS;
}

/* How long work takes on this machine today: as long as what is done has taken. Before that is
 * enough to tell, as long as it was recorded with. */
static int64_t estimate_time(const struct progress_state *state, int64_t work_ms,
                             size_t side_by_side)
{
    if (state->elapsed_ms > 0 && state->done_ms * ESTIMATE_PACE_PART >= state->expected_ms)
        return work_ms * state->elapsed_ms / state->done_ms;
    return work_ms / (int64_t)side_by_side;
}

void estimate(struct job *const *jobs, size_t n, size_t side_by_side, int64_t elapsed_ms,
              struct progress_state *out)
{
    int64_t left = 0, longest = 0, last;
    size_t known = 0;

    *out = (struct progress_state){.elapsed_ms = elapsed_ms, .left_ms = -1};
    side_by_side = side_by_side > 0 ? side_by_side : 1;
    for (size_t i = 0; i < n; i++) {
        int64_t one = estimate_left(jobs[i]);

        estimate_count(jobs[i], out);
        left += one;
        longest = one > longest ? one : longest;
        known += jobs[i]->expected_ms > 0;
    }
    out->done_ms = out->expected_ms - left;
    if (known == 0) {
        out->expected_ms = (int64_t)out->tests;
        out->done_ms = (int64_t)out->tests_done;
        return;
    }
    last = estimate_time(out, longest * (int64_t)side_by_side, side_by_side);
    out->left_ms = estimate_time(out, left, side_by_side);
    out->left_ms = out->left_ms > last ? out->left_ms : last;
}
