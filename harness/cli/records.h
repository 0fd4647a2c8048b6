/* SPDX-License-Identifier: Apache-2.0 */
/* What programs keep and report, printed: one flat or nested JSON object at a time. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "topology/topology.h"

/* A line of JSON; behind every "ip:port" that somebody of the topology has stands NAME_name. */
void record_print_json(const json_t *record, const struct topology *t);
/* NAME=VALUE lines and an empty one; nested names are joined by '_', null is nothing. Behind every
 * "ip:port" its NAME_name, the same again where nobody has the address. */
void record_print_vars(const json_t *record, const struct topology *t);
