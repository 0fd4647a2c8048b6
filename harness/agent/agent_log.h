/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's log: what is said goes to stderr, which is the pod's log, except while a request is
 * read: then the first error is its answer. Each thread has its own.
 */
#pragma once

void agent_log_start(void);
void agent_log_stop(void);
/* From here on, this thread's errors are kept. */
void agent_log_hold(void);
/* The first of them, or a sentence for none; valid until the next agent_log_hold(). */
const char *agent_log_first_error(void);
