/* SPDX-License-Identifier: Apache-2.0 */
/* A map that bpftool wrote down, as an entry of a bundle. */
#pragma once

#include "bundle/bundle.h"

/* From a file of `bpftool map dump -j`, read by a confined child (confine/confine.h). A negative
 * errno with a sentence. */
int capture_map_parse(const char *path, const char *name, struct bundle_map *out);
/* The same in this process, of bytes; `path` is for messages. */
int capture_map_parse_bytes(const char *path, const uint8_t *bytes, size_t size, const char *name,
                            struct bundle_map *out);
