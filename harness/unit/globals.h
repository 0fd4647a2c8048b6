/* SPDX-License-Identifier: Apache-2.0 */
/* Global variables of an object that is open and not loaded yet. */
#pragma once

#include <bpf/libbpf.h>

#include "unit/lines.h"

/* "NAME=VALUE", VALUE a number in C's notation: integers of 1, 2, 4 and 8 bytes. -ENOENT when the
 * object has no such variable, without a word; -EINVAL with the reason in `why`. */
int unit_globals_set(struct bpf_object *elf, const char *setting, struct strings *why);
