/* SPDX-License-Identifier: Apache-2.0 */
/* The initramfs of a virtual machine: its first process (guest/init.c) and the modules that it
 * loads, as /modules/00 and on, in the order in which they need each other. */
#pragma once

#include "common/json.h"
#include "vm/context.h"

struct initramfs_request {
    const char *modules; /* /lib/modules/VERSION; NULL: everything is built in */
    const json_t *load;  /* modules besides those that every machine gets */
    const char *init;    /* the program */
};

/* Writes a cpio archive to `path`. A module without a file is built in. -errno with a sentence. */
int initramfs_write(const struct initramfs_request *request, const char *path);
