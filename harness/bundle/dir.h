/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a bundle that comes from somebody else: its files, and nothing outside of it. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/memory.h"

struct bundle_dir {
    const char *path; /* of the bundle, for messages */
    int fd;
    const struct bundle_memory *memory; /* the files are here, and fd is none; NULL: they are not */
};

/* All of a file, with a terminator behind it; the caller frees it. -EINVAL with a sentence when
 * there is no such file, -EFBIG when it has more than `limit` bytes. */
int bundle_dir_read(const struct bundle_dir *dir, const char *name, int64_t limit, char **out,
                    size_t *out_size);
int bundle_dir_read_json(const struct bundle_dir *dir, const char *name, json_t **out);
