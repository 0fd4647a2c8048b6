/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with one job of a run (report/run.h), once what it printed was read. */
#pragma once

#include "report/results.h"
#include "report/run.h"

void run_count_results(struct run_job *job);
/* Adds what is wrong to the job's problems, and what has no result to its failures. `end` NULL: it
 * has none, and should. 0 or -ENOMEM. */
int run_judge(struct run_job *job, const struct results_end *end);
