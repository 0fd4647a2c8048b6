/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles as archives: tar, compressed by zstd. Writing is in a file of its own, so that a program
 * that only captures has no reader in it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/memory_files.h"

/* "x.tar.zst" */
bool pack_is_archive_name(const char *path);
/* Makes an archive of the files of these names (NULL-terminated) in the directory. */
int pack_write(const char *path, const char *dir, char *const *names);
/*
 * Unpacks an archive in memory; `path` is for messages. Only regular files and directories with
 * names of a bundle are taken; anything else, too many, too much, or an archive that is cut short
 * is refused with one line. What is in *out is the caller's to free, also of one that is refused.
 */
int pack_read_memory(const char *path, const void *bytes, size_t size, struct memory_files *out);
