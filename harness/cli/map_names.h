/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in the keys and values of `waypost map`, for what they stand for in the lab.
 */
#pragma once

#include <jansson.h>

#include "place/lab.h"

/*
 * Replaces names in `object`, a key or a value, in place:
 *   "address", "waypoint"            a pod's or service's address of the lab's family; NAME/v4 and
 *                                    NAME/v6 choose
 *   "cookie"                         a pod's netns cookie
 *   "upstream", "service", "id"      a service's id; "upstream" a pod's uid, too
 *   "uid"                            a pod's uid
 * Anything else, numbers and addresses among it, stays as it is. -EINVAL with a sentence for a name
 * that nobody has, or whose owner has no such address.
 */
int map_names(const struct lab *lab, json_t *object);
