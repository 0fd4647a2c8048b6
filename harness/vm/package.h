/* SPDX-License-Identifier: Apache-2.0 */
/* A distribution's kernel package, downloaded once and unpacked, never installed. */
#pragma once

#include "vm/context.h"

/* Where its `image` and `modules` are; fetches them when they are not there. The caller frees *out.
 * -EIO, -ECANCELED and the like, with a sentence but for the last. */
int package_get(const struct vm_context *context, const char *package, char **out);
