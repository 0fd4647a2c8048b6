/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that get bytes of the payload before they are established. */
#pragma once

#include "agent/flow.h"

/* Connects and hands over the payload's first piece, as request.early says; what came of it is in
 * early_result. */
int flow_connect_early(struct flow *flow);
