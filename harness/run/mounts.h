/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of a mount namespace of one's own. */
#pragma once

#include <stdbool.h>

/* Nothing that is mounted from now on is seen outside, also where `/` is no mount point (a plain
 * chroot). For a process in a mount namespace that was just made; -errno with a sentence. */
int mounts_make_private(void);
/* `options` may be NULL. */
int mounts_add(const char *type, const char *directory, const char *options);
bool mounts_is_mounted(const char *directory);
/* Where a file system of the type is mounted, the first; NULL when nowhere, or without memory. The
 * caller frees it. */
char *mounts_find(const char *type);
