/* SPDX-License-Identifier: Apache-2.0 */
/* Directories with all that is in them. */
#pragma once

/*
 * Removes a file, or a directory with everything in it; absent is no error. No symbolic link is
 * followed, the last part of `path` included: the link itself goes. What cannot be removed is said,
 * and left with what stands above it.
 */
int tree_remove(const char *path);
/* The directories above the path, as far as they are missing. -errno with a sentence. */
int tree_make_parents(const char *path);
