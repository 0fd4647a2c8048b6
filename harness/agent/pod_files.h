/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a pod's agent in a lab's state directory: its socket and its log.
 */
#pragma once

#include "place/lab.h"

/* What an agent's log has in front of the reason for its end. */
#define AGENT_ENDED_WITH "agent ended with "

/* STATE/LAB/agents/POD.sock and STATE/LAB/logs/POD.log; the caller frees them. -ENAMETOOLONG with
 * a sentence when the path does not fit into a socket's address. */
int pod_socket_path(const struct lab *lab, const char *pod, char **out);
int pod_log_path(const struct lab *lab, const char *pod, char **out);

/* What the log of an agent that is gone says of its end, as "SIGSEGV" or "exit code 1"; the caller
 * frees it. NULL when it says nothing, as after SIGKILL. */
char *pod_log_last_words(const char *log_path);
