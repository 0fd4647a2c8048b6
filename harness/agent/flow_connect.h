/* SPDX-License-Identifier: Apache-2.0 */
/* A flow's connection, in whichever way the request asks for. */
#pragma once

#include "agent/flow.h"

/* Connects when the request says so. An error is noted as one of stage "connect". */
int flow_connect(struct flow *flow);
