/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a "flow" request: docs/observation.md. */
#pragma once

#include <jansson.h>

#include "agent/flow.h"

json_t *flow_describe(const struct flow *flow);
/* "ECONNREFUSED"; "EUNKNOWN" for a number without a name. */
const char *errno_name(int error);
