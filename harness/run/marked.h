/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All processes of a job: those of its process group, and those that carry its mark in their
 * environment, which those have too that went into a session of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct marked {
    pid_t *pids;
    size_t n;
};

/* What /proc shows of them at this moment, the calling process aside. `mark` is NAME=VALUE.
 * marked_clear() frees what is in *out, also after a failure. */
int marked_find(pid_t group, const char *mark, struct marked *out);
void marked_clear(struct marked *marked);

/* The processor time that they and the children have had that they waited for, in milliseconds. */
int64_t marked_ran_ms(const struct marked *marked);

/* SIGKILL for all of them and for those that they start meanwhile, until there are none. */
int marked_kill(pid_t group, const char *mark);

/* "tail -f /dev/null (4711), …": what they are busy with. bats' own processes are left out. "" when
 * there is nothing to say; the caller frees it, NULL is no memory. */
char *marked_describe(const struct marked *marked);
/* Whether one of them is bats running a file: a test, setup_file or teardown_file. */
bool marked_has_bats(const struct marked *marked);
