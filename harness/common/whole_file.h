/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are there whole or not at all. */
#pragma once

#include <stdio.h>

/* 0, or a negative errno: -ENOMEM, or -errno of what failed. */
typedef int (*whole_file_fn)(FILE *file, const void *data);

/* Writes to a temporary file beside `path`, and renames it when all of it is written: what is there
 * when this returns is complete. The errno of what could not be written, with a sentence. */
int whole_file_write(const char *path, whole_file_fn fn, const void *data);
