/* SPDX-License-Identifier: Apache-2.0 */
/* How far jobs are, and how long the rest will take. */
#pragma once

#include <stddef.h>

#include "run/job.h"
#include "run/progress.h"

/*
 * Fills in all but what is running. What is left is the work that was recorded, at the pace that
 * this machine had in the `elapsed_ms` since the jobs began. A job of which nobody knows how long
 * it takes counts as a second; where that goes for all of them, left_ms is -1 and tests are counted
 * in the place of work.
 */
void estimate(struct job *const *jobs, size_t n, size_t side_by_side, int64_t elapsed_ms,
              struct progress_state *out);
