/* SPDX-License-Identifier: Apache-2.0 */
/* How far jobs are, and how long the rest will take. */
#pragma once

#include <stddef.h>

#include "run/job.h"
#include "run/progress.h"

/* Fills in all but what is running and how long it has been. A job of which nobody knows how long
 * it takes counts as a second; where that goes for all of them, left_ms is -1. */
void estimate(struct job *const *jobs, size_t n, size_t side_by_side, struct progress_state *out);
