/* SPDX-License-Identifier: Apache-2.0 */
/* Asking an agent by the path of its socket. */
#pragma once

#include <jansson.h>

/*
 * One request to the agent behind `socket_path`, one answer; the caller owns *answer. An answer
 * with "error" is said and becomes -EINVAL, or -PATIENCE_STARVED when it begins with PATIENCE_WORD.
 * -ETIMEDOUT when it does not come within deadline_ms; -ECONNREFUSED or -EPIPE, with a sentence,
 * when the agent is not there or died meanwhile.
 */
int agent_call(const char *socket_path, const json_t *request, int deadline_ms, json_t **answer);
/* The same for a request whose answer has a descriptor with it; the caller owns *out_fd. -EPROTO
 * when it has none. */
int agent_call_for_fd(const char *socket_path, const json_t *request, int deadline_ms,
                      json_t **answer, int *out_fd);
