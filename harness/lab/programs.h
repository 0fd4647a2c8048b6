/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading and attaching the programs under test: one object file per program or several, maps
 * shared by name within a node, tail-call slots filled, `sk_msg` on its sockhash.
 */
#pragma once

#include <jansson.h>

#include "objects/source.h"
#include "place/lab.h"

/*
 * For each node: opens every BPF object of the source, takes the programs that the contract names,
 * gives them one set of maps, sets the entries that the topology asks for, attaches and pins. On
 * failure nothing stays attached or pinned.
 *
 * Maps are pinned as maps/NAME, an object's global variables as maps/globals_FILE_data and …_bss
 * (FILE up to its first dot). What was attached is recorded in STATE/LAB/programs.json. Of a
 * program that the verifier refuses the whole log is kept (objects/verifier.h).
 */
int programs_up(const struct lab *lab, const struct programs_source *source);
int programs_down(const struct lab *lab);
/* What a lab would have attached and has not: [{"name", "why", "error"}, …]; "why" is "missing" (no
 * object has it) or "refused" (by the kernel, in a partial lab); and, as "older", its maps whose
 * layout is not the contract's. The caller owns *out. */
int programs_absent(const struct lab *lab, json_t **out);
