/* SPDX-License-Identifier: Apache-2.0 */
/* A test object, opened by libbpf; nothing is loaded. */
#pragma once

#include <bpf/libbpf.h>

#include "unit/image.h"
#include "unit/lines.h"

/* `path` is its name; `kernel_btf`: a file with the kernel's types, NULL: libbpf reads them. A
 * negative errno with the reason in `why`. */
int unit_open(const char *path, const struct unit_image *image, const char *kernel_btf,
              struct bpf_object **out, struct strings *why);
/* Takes NULL; clears *elf. */
void unit_close(struct bpf_object **elf);
