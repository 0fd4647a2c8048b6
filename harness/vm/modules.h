/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel's modules, found by their names and ordered by what they depend on. */
#pragma once

#include <stddef.h>

struct modules;

/* `directory` is /lib/modules/VERSION; NULL, or one that is not there, has none. */
int modules_open(const char *directory, struct modules **out);
/* Takes NULL; clears *modules. */
void modules_close(struct modules **modules);

/* Takes the module after those that it depends on, each once. One that has no file is built into
 * the kernel. -errno with a sentence. */
int modules_take(struct modules *modules, const char *name);
/* The modules that were taken, in order, as they are loaded; NULL: there are no more. */
const void *modules_image(const struct modules *modules, size_t number, size_t *size);
