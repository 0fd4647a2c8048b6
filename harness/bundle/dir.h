/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a bundle that comes from somebody else: its files, and nothing outside of it. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/memory_files.h"

struct bundle_dir {
    const char *path; /* of the bundle, for messages */
    int fd;
    const struct memory_files *memory; /* the files are here, and fd is none; NULL: they are not */
    int64_t json_memory;                /* what its JSON may still take, all files together */
};

/* All of a file, with a terminator behind it; the caller frees it. -EINVAL with a sentence when
 * there is no such file, -EFBIG when it has more than `limit` bytes. */
int bundle_dir_read(const struct bundle_dir *dir, const char *name, int64_t limit, char **out,
                    size_t *out_size);
/* -EFBIG when the JSON of this directory takes more memory than dir->json_memory. */
int bundle_dir_read_json(struct bundle_dir *dir, const char *name, json_t **out);
/* The size and the digest of a file, which is not held in memory for it. */
int bundle_dir_digest(const struct bundle_dir *dir, const char *name, int64_t *size,
                      uint64_t *digest);
/* Calls `visit` for each file in it, "FILE" or "DIR/FILE", until that is negative. -EINVAL with a
 * sentence for what is neither a file nor a directory of files, and -EFBIG for too many. */
int bundle_dir_each(const struct bundle_dir *dir, int (*visit)(const char *name, void *data),
                    void *data);
