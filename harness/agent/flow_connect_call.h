/* SPDX-License-Identifier: Apache-2.0 */
/* The connect() of a flow, made by whom the request says: this thread, another one, or a child. */
#pragma once

#include "agent/flow.h"

/* 0, or a negative errno (-EINPROGRESS for a non-blocking socket). */
int flow_connect_call(struct flow *flow, bool nonblocking);
/* Waits for the event of a connect that is in progress. */
int flow_connect_wait(struct flow *flow);
