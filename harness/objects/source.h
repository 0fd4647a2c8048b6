/* SPDX-License-Identifier: Apache-2.0 */
/* Where the programs of a lab come from. */
#pragma once

#include <stdbool.h>

#include "common/memory_files.h"

/* Which of the objects that hold the same programs: objects/choose.h. */
enum programs_variant { PROGRAMS_BY_KERNEL, PROGRAMS_NORMAL, PROGRAMS_COMPAT };

/* Where programs come from. */
struct programs_source {
    const char *dir; /* NULL: the suite's own programs */
    /* The objects are these, and `dir` is only their name in messages; NULL: not. Not owned. */
    const struct memory_files *memory;
    bool mix;      /* what `dir` does not have is taken from the suite's own programs */
    bool partial;  /* what the kernel refuses is recorded, and the rest is attached */
    bool all;      /* what the contract names and no lab attaches yet, too: for looking at it */
    bool unloaded; /* programs_interface(): only read and compared */
    enum programs_variant variant; /* the default is normal, on kernels before 5.13 compat */
};

/* Accepts "normal" and "compat"; -EINVAL for anything else. */
int programs_variant_from_name(const char *name, enum programs_variant *out);

/* The directory of the suite's own objects: $WAYPOST_OBJECTS, beside the executable, or where
 * `make install` puts them. The caller frees it. `kind` is "datapath", "witness" or
 * "other". */
int programs_own_dir(const char *kind, char **out);
