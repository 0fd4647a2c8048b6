/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of a configuration dump. */
#pragma once

#include "field/import_work.h"
#include "topology/policy.h"
#include "topology/print.h"

/*
 * Reads the dump's `policies` into w->policies, with the pods of w->pods that they are on: by their
 * scope all, those of the namespace, or those whose workload names the policy. What a topology has
 * no room for is left out and counted. -ENOMEM, said.
 */
int import_policies(struct import_work *w);
/* -ENOMEM, said. */
int import_print_policies(const struct import_work *w, struct topology_printer *p);
