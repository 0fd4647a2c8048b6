/* SPDX-License-Identifier: Apache-2.0 */
/* Whose an address is. */
#pragma once

#include "common/address.h"
#include "topology/topology.h"

/* The service, node or pod that has the address (IPv4-mapped counts as IPv4), the client itself for
 * a loopback address, NULL when nobody has it. Of several that share it, the one that has the port;
 * then the client. `client` may be NULL. */
const char *flow_owner(const struct topology *t, const char *client,
                       const struct address_port *end);
