/* SPDX-License-Identifier: Apache-2.0 */
/* The files named *.o of a directory, or in memory, read and judged. */
#pragma once

#include "common/memory_files.h"
#include "objects/elf.h"
#include "objects/file.h"

struct files_found {
    struct programs_file *files; /* by name, with their bytes, not opened */
    struct elf_look *looks;      /* one of each */
    size_t n;
};

/* `memory`: those, and `dir` is only their name; NULL: the directory's. Those that are not the
 * suite's `own` are judged by a confined child. A negative errno with a sentence; the caller frees
 * *out. */
int files_find(const char *dir, const struct memory_files *memory, bool own,
               struct files_found *out);
void files_found_free(struct files_found *found);
