/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lending a socket of the agent's to whoever asks: what programs keep with a socket is read and
 * written by a holder of its descriptor, and by nobody else.
 */
#pragma once

#include <jansson.h>

#include "agent/named_sockets.h"
#include "agent/record.h"

/*
 * The socket that is kept under "socket", or the connection that a listener took from "peer" (and
 * at "local"), while it is open. *answer says which it is; *out_fd is the caller's. -EINVAL,
 * -ENOENT, -ENOTCONN, said.
 */
int lend_socket(struct named_sockets *sockets, struct records *records, const json_t *request,
                json_t **answer, int *out_fd);
