/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading and attaching the programs under test: one object file per program or several, maps
 * shared by name within a node, tail-call slots filled, `sk_msg` on its sockhash.
 */
#pragma once

#include <jansson.h>

#include "lab/lab.h"

/*
 * For each node: opens every BPF object in `objects_dir` (NULL: the suite's own programs), takes
 * the programs that the contract names, gives them one set of maps, sets the entries that the
 * topology asks for, attaches and pins. On failure nothing stays attached or pinned.
 *
 * Maps are pinned as maps/NAME, an object's global variables as maps/globals_FILE_data and …_bss
 * (FILE up to its first dot). What was attached is recorded in STATE/LAB/programs.json. When the
 * verifier refuses a program its whole log is kept as STATE/LAB.verifier-PROGRAM.log.
 */
int programs_up(const struct lab *lab, const char *objects_dir);
int programs_down(const struct lab *lab);
/* What is attached on the node: [{"name", "id", "file", "attached"}, …], as recorded; empty when
 * the lab has no programs. The caller owns *out. */
int programs_list(const struct lab *lab, const struct topology_node *node, json_t **out);
/* The directory of the suite's own objects: $WAYPOST_OBJECTS, beside the executable, or where
 * `make install` puts them. The caller frees it. `kind` is "datapath" or "witness". */
int programs_own_dir(const char *kind, char **out);
