/* SPDX-License-Identifier: Apache-2.0 */
/* A flow's socket: made where there is none, with the options that the request asks for, bound. */
#pragma once

#include "agent/flow.h"

/* Makes it ready to be connected. An error is noted as one of stage "socket". */
int flow_open(struct flow *flow);
/* Whether the payload is needed before a connect has chosen the port: then a bind chooses it. */
bool flow_needs_port(const struct flow *flow);
/* Closes it, so that flow_open() makes another. */
void flow_drop_socket(struct flow *flow);
