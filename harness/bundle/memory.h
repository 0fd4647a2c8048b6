/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a bundle in memory instead of a directory. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct bundle_memory_file {
    char *name;
    uint8_t *bytes;
    size_t size;
};

struct bundle_memory {
    struct bundle_memory_file *files;
    size_t n;
};

/* NULL when there is no file of that name. */
const struct bundle_memory_file *bundle_memory_find(const struct bundle_memory *memory,
                                                    const char *name);
/* Adds an empty one; the name is copied. -EEXIST, without a word, when there is one already, or
 * -ENOMEM. */
int bundle_memory_add(struct bundle_memory *memory, const char *name);
/* Puts bytes behind those of the file that was added last. 0 or -ENOMEM. */
int bundle_memory_append(struct bundle_memory *memory, const void *bytes, size_t size);
void bundle_memory_free(struct bundle_memory *memory);
