/* SPDX-License-Identifier: Apache-2.0 */
/* The processes that a selection makes, and which of several machines runs them (select/select.h).
 */
#pragma once

#include "select/durations.h"
#include "select/selection.h"

/* Fills the jobs from what the tests have in `selected_in`; `whole` says of each file, in their
 * order, whether it was chosen as one. */
int select_jobs(struct selection *selection, const bool *whole);

/*
 * Leaves the jobs of one shard, and of the tests what those run. The longest job goes first to the
 * shard that has the least to do; which that is depends on `times` and on the files alone, so that
 * all machines agree. -EINVAL with a sentence when nothing is left.
 */
int select_cut_shard(struct selection *selection, const struct durations *times, unsigned shard,
                     unsigned shards);

/* Fills expected_ms, from this machine's durations or else from the repository's, and brings the
 * longest job to the front. */
void select_order(struct selection *selection, const struct durations *here,
                  const struct durations *times);
