/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's types that an object names, in a file that libbpf reads in no time: for objects that
 * are loaded again for each test. */
#pragma once

#include "unit/image.h"

struct unit_types {
    int fd;
    char path[32]; /* "" where libbpf is to read all of the kernel's types */
};

/* An object that cannot be helped so is none the worse. */
struct unit_types unit_types_open(const struct unit_image *image);
void unit_types_close(const struct unit_types *types);
