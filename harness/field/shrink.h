/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shrinking: the smallest cluster in which a flow still parts from the contract at the same connect
 * and in the same way. A lab is built once; a candidate is the difference in its maps and one
 * drive of the flow.
 */
#pragma once

#include "field/drive.h"

struct shrink_progress {
    size_t entries;    /* of the smallest cluster so far */
    size_t candidates; /* tried so far */
};

typedef void (*shrink_fn)(void *data, const struct shrink_progress *progress);

/*
 * Shrinks what is in the lab. -ENODATA, saying nothing, when the flow parts nowhere. *out is the
 * smallest cluster, which is in the maps then, and *driven how the flow went in it; the caller
 * releases both.
 */
int shrink(struct bundle_lab *lab, const struct cluster *cluster, const struct reachable_flow *flow,
           shrink_fn fn, void *data, struct cluster *out, struct driven *driven);
