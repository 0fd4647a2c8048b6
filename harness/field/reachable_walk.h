/* SPDX-License-Identifier: Apache-2.0 */
/* Where a connect can end: the tables are followed from its destination. */
#pragma once

#include "field/reachable_add.h"

/* Adds every pod, port and service that a right or wrong program could send a connect to `to` to.
 */
void reachable_walk(struct reachable_work *work, const struct address_port *to);
