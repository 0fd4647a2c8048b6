/* SPDX-License-Identifier: Apache-2.0 */
/* A flow's bytes in both directions, and the end of the stream. */
#pragma once

#include "agent/flow.h"

/* An error is noted as one of stage "send" or "receive". */
int flow_transfer(struct flow *flow);
