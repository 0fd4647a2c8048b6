/* SPDX-License-Identifier: Apache-2.0 */
/* What the tries need to be tried in; all of it ends with the process. */
#pragma once

#include "probe/tries.h"

/* Makes a cgroup2 of this process's own mount namespace visible at /sys/fs/cgroup, and a cgroup in
 * it; probe_cgroup_remove() removes that again. */
int probe_cgroup_make(char path[64], char why[PROBE_WHY_MAX]);
void probe_cgroup_remove(const char *path);
/* A fresh network namespace with its loopback up. */
int probe_netns_with_loopback(char why[PROBE_WHY_MAX]);
