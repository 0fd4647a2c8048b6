/* SPDX-License-Identifier: Apache-2.0 */
/* A map that bpftool wrote down, as an entry of a bundle. */
#pragma once

#include "bundle/bundle.h"

/* From a file of `bpftool map dump -j`. */
int capture_map_parse(const char *path, const char *name, struct bundle_map *out);
