// SPDX-License-Identifier: Apache-2.0
#include "run/estimate.h"

#include "common/deadline.h"

#define ESTIMATE_UNKNOWN_MS 1000
#define NS_PER_MS           1000000LL

/* The work that is left of one job. One that takes longer than expected is nearly done. */
static int64_t estimate_left(const struct job *job)
{
    int64_t expected = job->expected_ms > 0 ? job->expected_ms : ESTIMATE_UNKNOWN_MS;
    int64_t elapsed;

    if (job->state == JOB_WAITS)
        return expected;
    if (job->state != JOB_RUNS)
        return 0;
    elapsed = (clock_ns() - job->started_ns) / NS_PER_MS;
    return elapsed < expected ? expected - elapsed : expected / 100;
}

static void estimate_count(const struct job *job, struct progress_state *out)
{
    size_t done = job->passed + job->failed + job->skipped;

    out->tests_done += done;
    out->tests += job->n_tests > 0 ? (size_t)job->n_tests : done;
    out->failed += job->failed;
    out->expected_ms += job->expected_ms > 0 ? job->expected_ms : ESTIMATE_UNKNOWN_MS;
}

void estimate(struct job *const *jobs, size_t n, size_t side_by_side, struct progress_state *out)
{
    int64_t left = 0, longest = 0;
    size_t known = 0;

    *out = (struct progress_state){0};
    for (size_t i = 0; i < n; i++) {
        int64_t one = estimate_left(jobs[i]);

        estimate_count(jobs[i], out);
        left += one;
        longest = one > longest ? one : longest;
        known += jobs[i]->expected_ms > 0;
    }
    out->done_ms = out->expected_ms - left;
    left /= (int64_t)(side_by_side > 0 ? side_by_side : 1);
    out->left_ms = known == 0 ? -1 : left > longest ? left : longest;
}
