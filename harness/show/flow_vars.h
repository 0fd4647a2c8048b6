/* SPDX-License-Identifier: Apache-2.0 */
/* An observation as lines to compare with. */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "topology/topology.h"

/*
 * NAME=VALUE lines, nested names joined by '_', arrays by a space, null as nothing. Every name of
 * the observation is there, also without a listener. No value has a newline in it. Behind them the
 * addresses once more, in forms to compare with: …_plain unmapped, …_name with the name of the
 * service, node or pod that has the address.
 */
void flow_print_vars(FILE *out, const json_t *observation, const struct topology *t);
