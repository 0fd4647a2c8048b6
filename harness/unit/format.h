/* SPDX-License-Identifier: Apache-2.0 */
/* Log entries: a printk format that was filled in elsewhere, with its arguments as numbers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The format as the kernel's printk would print it: %d %i %u %x %s %p with l and ll; %s prints its
 * argument as a number. The caller frees *out. 0 or -ENOMEM. */
int result_format(const char *fmt, size_t length, const uint64_t *args, size_t n_args, char **out);
