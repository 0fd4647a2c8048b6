/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories and pins of a lab below BPFFS. What is pinned lives until its pin is removed, or
 * until the mount namespace of a private bpffs ends.
 */
#pragma once

#include "common/strings.h"

/*
 * Makes the directory and those above it. Where no bpffs is mounted, one is on /sys/fs/bpf; -ENODEV
 * with a sentence when that cannot be, or is not where the path lies. What somebody else has made
 * under one of the names is removed.
 */
int bpffs_mkdir(const char *path);
/* "DIR/NAME"; the caller frees it. */
int bpffs_path(const char *dir, const char *name, char **out);
/* Pins the object behind `fd` as DIR/NAME; the fd stays the caller's. */
int bpffs_pin(int fd, const char *dir, const char *name);
/* The object pinned as DIR/NAME; the caller owns the fd. Says nothing: -ENOENT has many meanings.
 */
int bpffs_open(const char *dir, const char *name, int *out_fd);
/* The names in a directory, sorted, in an empty list; the caller clears it. An absent directory has
 * none. */
int bpffs_names(const char *dir, struct strings *out);
/*
 * Removes a directory with everything in it; absent is no error. The objects are held until every
 * pin is gone: the kernel frees the last reference of a pin some time later, that of an fd at once.
 * Links are detached first.
 */
int bpffs_remove(const char *dir);
/* Removes the directory when it is empty; anything else is no error. */
void bpffs_rmdir_if_empty(const char *dir);
