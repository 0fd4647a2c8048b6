/* SPDX-License-Identifier: Apache-2.0 */
/* What of a cluster some flows can reach. */
#pragma once

#include <jansson.h>

#include "bundle/bundle.h"
#include "field/reachable.h"

/*
 * `flows` as in flows.json. -EINVAL with a sentence for a flow that cannot be read or a client that
 * nobody knows. The caller frees *out with free().
 */
int reachable_find(const struct bundle *bundle, const struct cluster *cluster, const json_t *flows,
                   struct reachable **out);
