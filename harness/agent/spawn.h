/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting the agents of a lab: each is a process of its own session, in its pod's network
 * namespace and cgroup, with stdout and stderr in STATE/LAB/logs/POD.log and no other descriptor
 * of the one who started it. It lives until its cgroup is killed.
 */
#pragma once

#include <stdbool.h>

#include "common/stop.h"
#include "place/lab.h"

/*
 * Starts one agent per pod, side by side, and returns when all have bound their listeners. With
 * `witnessed`, each reads its pod's witness ring. On failure (a listener that cannot be bound, an
 * agent that dies, 20 s without an answer, -EINTR after a signal) none is left.
 */
int spawn_agents(const struct lab *lab, bool witnessed, const struct stop *stop);
