/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading and attaching the programs under test: one object file per program or several, maps
 * shared by name within a node, tail-call slots filled, `sk_msg` on its sockhash.
 */
#pragma once

#include <jansson.h>

#include "lab/lab.h"

/* Which of the objects that hold the same programs: lab/programs_choose.h. */
enum programs_variant { PROGRAMS_BY_KERNEL, PROGRAMS_NORMAL, PROGRAMS_COMPAT };

/* Where programs come from. */
struct programs_source {
    const char *dir; /* NULL: the suite's own programs */
    bool mix;        /* what `dir` does not have is taken from the suite's own programs */
    bool partial;    /* what the kernel refuses is recorded, and the rest is attached */
    bool all;        /* what the contract names and no lab attaches yet, too: for looking at it */
    bool unloaded;   /* programs_interface(): only read and compared */
    enum programs_variant variant; /* the default is normal, on kernels before 5.13 compat */
};

/* Accepts "normal" and "compat"; -EINVAL for anything else. */
int programs_variant_from_name(const char *name, enum programs_variant *out);

/*
 * For each node: opens every BPF object of the source, takes the programs that the contract names,
 * gives them one set of maps, sets the entries that the topology asks for, attaches and pins. On
 * failure nothing stays attached or pinned.
 *
 * Maps are pinned as maps/NAME, an object's global variables as maps/globals_FILE_data and …_bss
 * (FILE up to its first dot). What was attached is recorded in STATE/LAB/programs.json. Of a
 * program that the verifier refuses the whole log is kept (lab/verifier.h).
 */
int programs_up_from(const struct lab *lab, const struct programs_source *source);
/* The same from a directory, with nothing of the suite's own; NULL: the suite's own programs. */
int programs_up(const struct lab *lab, const char *objects_dir);
int programs_down(const struct lab *lab);
/* What is attached on the node: [{"name", "id", "file", "from", "attached"}, …], as recorded;
 * "from" is "objects", or "suite" for the suite's own; empty when the lab has no programs. The
 * caller owns *out. */
int programs_list(const struct lab *lab, const struct topology_node *node, json_t **out);
/* What a lab would have attached and has not: [{"name", "why", "error"}, …]; "why" is "missing" (no
 * object has it) or "refused" (by the kernel, in a partial lab); and, as "older", its maps whose
 * layout is not the contract's. The caller owns *out. */
int programs_absent(const struct lab *lab, json_t **out);
/* The directory of the suite's own objects: $WAYPOST_OBJECTS, beside the executable, or where
 * `make install` puts them. The caller frees it. `kind` is "datapath" or "witness". */
int programs_own_dir(const char *kind, char **out);
