/* SPDX-License-Identifier: Apache-2.0 */
/* Attaching and pinning what programs_load() loaded, and taking that back. */
#pragma once

#include <jansson.h>

#include "objects/load.h"

/* Fills the tail-call slots, attaches to the node's cgroup and to the sockhashes, pins. What it did
 * before it failed is taken back with programs_detach(). */
int programs_attach(const struct programs_node *node);
/* Detaches and unpins everything below a node's directory; absent parts are no error. */
int programs_detach(const char *dir);
/* {"programs": [{"name", "id", "file", "from", "attached"}…], "maps": [{"name", "id", "file"}…]} */
int programs_record(const struct programs_node *node, json_t **out);
