/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to a lab's agents, by pod.
 */
#pragma once

#include <jansson.h>
#include <sys/types.h>

#include "common/stop.h"
#include "place/lab.h"

/* agent_call() to the pod's agent. -EPIPE with a sentence on how it ended when the agent is gone.
 */
int ask_agent(const struct lab *lab, const char *pod, const json_t *request, int deadline_ms,
              json_t **answer);

/* agent_call_for_fd() likewise: a "socket" request. */
int ask_socket(const struct lab *lab, const char *pod, const json_t *request, json_t **answer,
               int *out_fd);

/* The agent's process id; -ESRCH, saying nothing, when there is none. */
int ask_pid(const struct lab *lab, const char *pod, pid_t *out);

/* The control connect for one family, made inside the pod: `command` is "enable" or "disable". An
 * errno of the connect is said and returned. */
int ask_manage(const struct lab *lab, const char *pod, const char *command, enum family family);

/* Enables every pod that the topology has as managed, over each family that it has an address of.
 */
int ask_enrol(const struct lab *lab, const struct stop *stop);

/* Every agent drops its kept sockets and accepted connections. */
int ask_reset(const struct lab *lab);
