/* SPDX-License-Identifier: Apache-2.0 */
/* Policies that no control plane would write, as cells. No kernel. */
#pragma once

#include <jansson.h>

#include "maps/policy_cells.h"

/*
 * Adds a policy in the form in which policy_show() prints it: {"action", "name", "namespace",
 * "scope", "rules": [{"clauses": [{"matches": [{"source_ips": […], …}]}]}]}. "action" and "rules"
 * must be there.
 *
 * It may be wrong on purpose: null in the place of a part, of a text or of a whole list is a
 * reference that leads nowhere, and "MAP/INDEX" in the place of a rule, a clause, a match or a list
 * any reference. "LIST_count" beside a list is the count that it claims to have, as "rules_count":
 * 4294967296. A block is a text, as "10.0.0.0/8", or {"bytes": "HEX", "prefix": N}; a port any 32
 * bits.
 *
 * -EINVAL with a sentence that names the field.
 */
int policy_plant(struct policy_cells *cells, uint32_t id, const json_t *policy);
