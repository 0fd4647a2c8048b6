/* SPDX-License-Identifier: Apache-2.0 */
/* Those kernels of a file (vm/kernels.h) that were asked for. */
#pragma once

#include "common/json.h"

/*
 * `names` is "6.1,6.12", in the order that *out has; NULL: all of the file. Also looks whether
 * every probe in a kernel's `missing` exists: one that does not would never be missing. -EINVAL,
 * -ENOENT and the like with a sentence.
 */
int kernels_choose(const char *path, const char *names, json_t **out);
