/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object file in memory, with what other loaders take and libbpf refuses put right: programs
 * that are static functions, and ways of pinning maps that libbpf does not know. Neither matters
 * here: programs are found by their sections, and nothing is pinned.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "objects/bytes.h"
#include "unit/lines.h"

struct unit_image {
    uint8_t *data;
    size_t size;
};

/*
 * Reads the file; a confined child (confine/confine.h) says whether it is a BPF object that libbpf
 * can be given, and hands back its bytes, put right. A negative errno with the reason in `why`.
 */
int unit_image_read(const char *path, struct unit_image *out, struct strings *why);
/* The same of bytes that elf_look() calls ours, in this process; -ENOMEM without a word. */
int unit_image_make(const struct object_bytes *file, struct unit_image *out);
void unit_image_free(struct unit_image *image);
