/* SPDX-License-Identifier: Apache-2.0 */
/* A test object, opened by libbpf; nothing is loaded. */
#pragma once

#include <bpf/libbpf.h>
#include <stddef.h>

#include "unit/lines.h"

/* Of bytes that were judged (unit/image.h); `path` is their name; `kernel_btf`: a file with the
 * kernel's types, NULL: libbpf reads them. A negative errno with the reason in `why`. */
int unit_open(const char *path, const void *bytes, size_t size, const char *kernel_btf,
              struct bpf_object **out, struct strings *why);
/* Takes NULL; clears *elf. */
void unit_close(struct bpf_object **elf);
