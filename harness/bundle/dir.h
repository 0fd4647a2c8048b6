/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a bundle that comes from somebody else, in memory, and their JSON. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/memory_files.h"

struct bundle_dir {
    const char *path; /* of the bundle, for messages */
    const struct memory_files *memory;
    int64_t json_memory; /* what its JSON may still take, all files together */
};

/* Reads a directory's files, and those of its directories: nothing outside of it, and no link is
 * followed. -EINVAL with a sentence for what is neither a file nor a directory of files, -EFBIG for
 * too many or too much. What is in *out is the caller's to free, also of one that is refused. */
int bundle_dir_load(const char *path, struct memory_files *out);

/* -EINVAL with a sentence when there is no such file, -EFBIG when it has more than `limit` bytes.
 * *out is the directory's own. */
int bundle_dir_find(const struct bundle_dir *dir, const char *name, int64_t limit,
                    const struct memory_file **out);
/* -EFBIG when the JSON of this directory takes more memory than dir->json_memory. */
int bundle_dir_read_json(struct bundle_dir *dir, const char *name, json_t **out);
