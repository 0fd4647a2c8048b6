/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies without what they say of a cluster. Nothing in a cell of kmesh_map64 and its like says
 * whether it is a name or a number, so what is kept is what a policy of km_authz_policy leads to,
 * written anew from the fields that readers use; every other cell is left out, and so is one that
 * is led to as two different things. Names, namespaces and principals become "redacted-N", the same
 * one wherever the same text stands; how a text is compared stays. Addresses become those of
 * redact.h. References, counts, ports, prefixes and ids stay.
 */
#pragma once

#include "bundle/redact.h"
#include "maps/layout.h"

#define REDACT_POLICY_MAPS (KM_CELLS + 1)

/* Whose place a map has among those of policies: that of its cells, or KM_CELLS for
 * km_authz_policy. Negative: it is none of them. */
int redact_policy_place(const char *name);
/* All at once, in place; one that is not there has no name. Maps of unknown layout are emptied. */
int redact_policies(struct redact *redact, struct bundle_map maps[REDACT_POLICY_MAPS]);
