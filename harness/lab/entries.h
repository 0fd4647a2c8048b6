/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of maps as people write them: a name stands for what it has in the lab.
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
int entry_resolve(const struct lab *lab, json_t *object);

/*
 * Writes an array of {"key", "value"} into the node's map, after their names were resolved in
 * place. -EINVAL with a sentence, and nothing written, when it is something else; a sentence that
 * counts what was written when an entry is refused. `from` is where the array comes from, for
 * people.
 */
int entries_load(const struct lab *lab, const struct topology_node *node, const char *map,
                 json_t *entries, const char *from);
