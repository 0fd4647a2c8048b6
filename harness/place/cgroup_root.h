/* SPDX-License-Identifier: Apache-2.0 */
/* Where the cgroup2 hierarchy is: pure, hybrid, or mounted here where nobody has mounted one. */
#pragma once

#include "place/lab.h"

/* Where cgroup2 is mounted; the caller frees it. Mounts one below STATE where there is none, which
 * goes away with the last lab. -ENOENT with what to do when that cannot be done. */
int cgroup_root(char **out);
/* Unmounts a cgroup2 that cgroup_root() mounted, when no lab is left in it. */
void cgroup_root_release(const struct lab *lab);
