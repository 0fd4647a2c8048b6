/* SPDX-License-Identifier: Apache-2.0 */
/* Locks by flock(2), with a limit, and the one that everything of ours on a machine shares. */
#pragma once

#include <sys/types.h>

/* Where the lock files of runs are: root's alone, so that nobody else can hold one. */
#define LOCK_DIR "/run/waypost-runs"
/* How long to wait for somebody of ours. */
#define LOCK_LIMIT_MS 30000

/*
 * flock(fd, operation), waiting at most `limit_ms`. `what` is what the sentence calls it, with its
 * quotes: "lab 'x'". -EBUSY with a sentence that says who holds it, or -errno with one.
 */
int lock_take(int fd, int operation, int limit_ms, const char *what);
/* The process that took the lock on the file, from /proc/locks; 0 when none is seen there. */
pid_t lock_holder(int fd);
/* A lock file of the mode 0600 with the lock taken, made where it is missing. The fd, or as
 * lock_take(); no symbolic link is followed. */
int lock_open(const char *path, int limit_ms);

/* LOCK_DIR, of the mode 0700 and root's, made where it is missing. -errno with a sentence. */
int lock_make_dir(void);
/* Between this and close() of the fd nobody else of ours makes or removes what labs and runs share.
 * The fd, or -errno with a sentence. */
int lock_machine(void);
