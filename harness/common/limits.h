/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel has refused or killed because a cgroup is too small. A process that ends badly
 * meanwhile says nothing of what was tested.
 */
#pragma once

#define LIMITS_TEXT_MAX 512

/* Counts that only rise; -1 where the kernel does not say. */
struct limits {
    long killed; /* processes, for memory: in the memory cgroup of this process, or in all */
    long forks;  /* that the pids cgroup of this process did not allow */
};

/* What there is until now. */
void limits_look(struct limits *out);
/* "shortage: SENTENCE" of what has come since `before`, "" where nothing has. Returns `text`. */
const char *limits_hit(const struct limits *before, char text[LIMITS_TEXT_MAX]);
/* The same of a line that bash has written to the file when it could not fork: RLIMIT_NPROC counts
 * nowhere. */
const char *limits_said(const char *path, char text[LIMITS_TEXT_MAX]);
