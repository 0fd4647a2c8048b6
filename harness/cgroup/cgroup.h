/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroups of a lab: RUN / LAB / NODE / POD below the cgroup2 hierarchy. Works on pure cgroup
 * v2, on hybrid, and mounts a private cgroup2 where none is mounted and the mount namespace is
 * ours.
 */
#pragma once

#include "common/stop.h"
#include "place/lab.h"

/* Makes every directory of the lab. What was made before a failure stays, for cgroup_down(). */
int cgroup_up(const struct lab *lab, const struct stop *stop);
/* Kills every process in the lab's cgroups, waits until they are gone (at most 5 s), and removes
 * the directories. Absent parts are no error. */
int cgroup_down(const struct lab *lab, const struct stop *stop);
/* Moves the calling process (all its threads) into the pod's cgroup. */
int cgroup_enter_pod(const struct lab *lab, const struct topology_pod *pod);
/* Directory fds to attach programs to: the lab's, a node's, a pod's. The caller owns them. */
int cgroup_open_lab(const struct lab *lab, int *out_fd);
int cgroup_open_node(const struct lab *lab, const struct topology_node *node, int *out_fd);
int cgroup_open_pod(const struct lab *lab, const struct topology_pod *pod, int *out_fd);
