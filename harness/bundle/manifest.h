/* SPDX-License-Identifier: Apache-2.0 */
/* What a bundle says of itself, held against its files. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "bundle/dir.h"

/* Reads manifest.json and every file that it lists, and compares their sizes and digests; a file
 * that it lists twice, or not at all, is refused. -EINVAL
 * or -EFBIG with a sentence; the caller owns *out. */
int manifest_read(struct bundle_dir *dir, json_t **out);
/* Whether the manifest's list of files has one of that name. */
bool manifest_lists(const json_t *files, const char *name);
