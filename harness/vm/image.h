/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two disks of a virtual machine, ext4 images that mke2fs fills without privileges. Errors are
 * said, but for -ECANCELED.
 */
#pragma once

#include "common/strings.h"
#include "run/options.h"
#include "vm/context.h"

/* Where --objects and --expect are found inside. */
#define IMAGE_OBJECTS "/waypost/.vm/objects"
#define IMAGE_EXPECT  "/waypost/.vm/expect.txt"

/* Writes an image with what is in `directory`, and room for a quarter more. */
int image_make(const struct vm_context *context, const char *directory, const char *path);

/* What the suites need of the host's root: kept as CACHE/root.img, and made anew when one of its
 * files has changed. Machines that run keep the file that they opened. */
int image_make_root(const struct vm_context *context);
/* Where it is; the caller frees *out. */
int image_root_path(const struct vm_context *context, char **out);

/* The repository and what was built. `options` says what is tested; `command` is what
 * harness/vm/guest/run.sh is called with. */
int image_make_work(const struct vm_context *context, const struct options *options,
                    const struct strings *command, const char *path);
