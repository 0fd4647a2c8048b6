/* SPDX-License-Identifier: Apache-2.0 */
/* Files and directories that are copied: every symbolic link as what it leads to. Errors are said.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Everything at `from`, a file or a directory, to `to`. */
int copy_tree(const char *from, const char *to);
/* The same, of what need not be there. */
int copy_tree_if_there(const char *from, const char *to);

/* Calls `fn` for every file at or below a path, with links followed, until it fails. A path that is
 * not there has none. */
typedef int (*copy_fn)(const char *path, void *data);
int copy_each_file(const char *path, copy_fn fn, void *data);

/* The bytes that a file system of 4 KiB blocks needs for a directory and what is in it. */
int copy_size(const char *path, size_t *out);
/* Where $PATH has the program; the caller frees it. NULL: nowhere. */
char *copy_which(const char *program);
bool copy_find_program(const char *program);
