/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The traffic agent: one process per pod, inside its namespaces and cgroup. It holds the pod's
 * listeners, makes the connections that a request asks for, and answers with what it saw.
 *
 * Requests and answers are one JSON object per SOCK_SEQPACKET message on a unix socket; the
 * protocol is in docs/observation.md.
 */
#pragma once

#include <stddef.h>

#include "topology/topology.h"

struct agent_config {
    const char *pod;
    const struct topology_listener *listeners;
    size_t n_listeners;
    int control_fd; /* a bound and listening SOCK_SEQPACKET unix socket; the agent owns it */
    int ring_fd;    /* what the witnesses write of the pod, or -1; the agent owns it */
    int ready_fd;   /* gets one line when the listeners are bound: "ok", or what went wrong */
};

/* Runs until a "stop" request or the end of the process. Called in the pod's namespaces and
 * cgroup. Returns 0, or a negative errno when it could not start (said on ready_fd). */
int agent_run(const struct agent_config *config);
