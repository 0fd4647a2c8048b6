/* SPDX-License-Identifier: Apache-2.0 */
/* An observation as text for people. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "topology/topology.h"

/* `observation` is what `waypost flow -j` prints. A few lines for people; names come from `t`. */
void flow_print_text(FILE *out, const json_t *observation, const struct topology *t);
/* The listener's part of it alone; there may be no client. */
void flow_print_listener(FILE *out, const json_t *observation);
