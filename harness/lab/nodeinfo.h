/* SPDX-License-Identifier: Apache-2.0 */
/* Where the pods of other nodes are: km_nodeinfo, of a topology with encryption. */
#pragma once

#include "place/lab.h"

/* Writes into every node's map the networks of the other nodes' pods, and the addresses of those
 * pods that have one from elsewhere. */
int nodeinfo_write(const struct lab *lab);
