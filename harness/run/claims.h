/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which runs are alive. Each holds the lock of /run/waypost-runs/RUN.lock, and so do all of its
 * processes, by inheritance; in the file is the pid of the first process of its sandbox. What a run
 * leaves that was killed (empty cgroups, its lock file) is removed by the next one.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct claim {
    char *run;   /* "20260101-120000-4711": when, and the pid of the run's outer process */
    int lock_fd; /* inherited by what the run starts */
};

/* Names this run and takes its lock; makes the directories that every run needs. -errno with a
 * sentence. */
int claim_take(struct claim *out);
/* Says which process is the first of the sandbox. */
int claim_tell_pid(const struct claim *claim, pid_t pid);
/* Lets go of the lock. */
void claim_release(struct claim *claim);
/* Whether a run of this name is alive. */
bool claim_is_held(const char *run);

/* Removes what dead runs left. What cannot be removed now stays for the next one. */
int claim_sweep(void);

/* Calls `fn` for every run that is alive, until it returns something other than 0; returns that. */
typedef int (*claim_fn)(const char *run, pid_t first, void *data);
int claim_each(claim_fn fn, void *data);
