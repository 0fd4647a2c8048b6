/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: connections of whoever asks, one request under way on each.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "common/loop.h"

/* One request or answer, without a terminator. */
#define CONTROL_MESSAGE_MAX     (64 * 1024)
#define CONTROL_CONNECTIONS_MAX 256

struct control;
struct control_connection;

/* Is called in the main thread with each request that is a JSON object. It answers, at once or
 * later, with control_answer(). */
typedef void (*control_fn)(void *data, struct control_connection *connection,
                           const json_t *request);

/* Takes ownership of `fd`, a listening SOCK_SEQPACKET unix socket, on success. */
int control_new(int fd, struct loop *loop, control_fn fn, void *data, struct control **out);
/* No answer may be outstanding any more. */
void control_free(struct control **control);

/* Takes ownership of `answer`. From any thread; the connection is not the caller's any more. */
void control_answer(struct control_connection *connection, json_t *answer);
/* The same with a descriptor beside it, which stays the caller's. */
void control_answer_with(struct control_connection *connection, json_t *answer, int fd);
/* {"error": sentence} */
void control_refuse(struct control_connection *connection, const char *sentence);
