/* SPDX-License-Identifier: Apache-2.0 */
/* Many connections in one request. */
#pragma once

#include "agent/flow.h"

/* Makes the connections in front of the last, and counts where they end. One that fails is the
 * flow. */
int flow_repeat(struct flow *flow);
/* Counts the present connection, when they are counted. */
int flow_count_peer(struct flow *flow);
