/* SPDX-License-Identifier: Apache-2.0 */
/* A node's programs and maps, into the kernel; attached to nothing. */
#pragma once

#include "objects/files.h"
#include "objects/node.h"
#include "place/lab.h"

/* Opens and loads every file's object; maps of one name become one map. On failure *out is left
 * alone and nothing stays loaded. */
int programs_load(const struct lab *lab, const struct topology_node *node,
                  struct programs_files *files, struct programs_node *out);

/* -ENOENT with a sentence when the topology sets the entries of a map that no file has; no more
 * than a warning in a lab that goes on without what is not there. */
int programs_check_entries(const struct lab *lab, struct programs_files *files);
