/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels.yaml: the kernels of `run.sh vm`, each with where it comes from and what may be missing
 * there.
 */
#pragma once

#include <stddef.h>

#include "common/json.h"

/* MiB of a virtual machine that says nothing about it, and the least and the most that one may say.
 */
#define KERNELS_MEMORY     1536
#define KERNELS_MEMORY_MIN 256
#define KERNELS_MEMORY_MAX 65536

/*
 * An array with an object for each kernel, in the file's order:
 *
 *   name            what --kernel says
 *   package         a distribution's package, or
 *   image, modules  a bzImage and the directory of its modules (may be missing), or
 *   host            true: the kernel that is running, without a virtual machine
 *   memory          MiB
 *   load            modules to load besides those that every kernel gets
 *   missing         the probes that may be missing (names of `waypost doctor`)
 *
 * -EINVAL with FILE:LINE for what is not that, -ENOENT and the like when it cannot be read.
 */
int kernels_read(const char *path, json_t **out);
/* The same of a text; `name` is for messages. */
int kernels_read_text(const char *name, const char *text, size_t length, json_t **out);
