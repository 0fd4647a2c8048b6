/* SPDX-License-Identifier: Apache-2.0 */
/* The uids that the pods of a bundle's lab have. */
#pragma once

#include "bundle/bundle.h"
#include "field/reachable.h"

/*
 * A pod has the uid of the backend that its address leads to in the bundle's maps: what these have
 * of the uid, its policies, is then the pod's. Others get numbers that nobody has. None is 0, and
 * no two are the same.
 */
void bundle_uids(const struct bundle *bundle, const struct reachable *reachable,
                 uint32_t uids[REACHABLE_PODS_MAX]);
