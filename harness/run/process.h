/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that this one starts, waits for and ends. Each has a pidfd, which is readable once the
 * process has ended: an event loop (common/loop.h) can wait for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Instead of a file descriptor: /dev/null. */
#define PROCESS_NULL (-1)
/* Of `err`: where `out` goes. */
#define PROCESS_LIKE_OUT (-2)

enum process_group {
    PROCESS_SAME_GROUP,  /* the caller's: a terminal's Ctrl-C reaches it */
    PROCESS_OWN_GROUP,   /* it leads a group: process_kill() ends all of it */
    PROCESS_OWN_SESSION, /* it leads a session (and group) without a terminal */
};

struct process_spec {
    const char *const *argv; /* NULL-terminated; argv[0] is looked for in $PATH */
    /* NULL-terminated, may be NULL. "NAME=VALUE" sets, "NAME" alone unsets; the rest is inherited.
     */
    const char *const *environment;
    const char *directory; /* where it starts; NULL: where the caller is */
    int in, out, err; /* 0: the caller's own stream; one of the above; else a file descriptor */
    enum process_group group;
    bool
        dies_with_caller; /* the kernel kills it (not its children) when the caller's thread ends */
    uid_t uid;            /* 0: the caller's; else this user with `gid` and the user's groups */
    gid_t gid;
};

struct process {
    pid_t pid;
    int pidfd; /* owned; -1 once the process was waited for */
    enum process_group group;
};

/* Starts it. Signals are as they are by default and none is blocked. Descriptors of the caller that
 * are not close-on-exec are inherited. A program that cannot be executed is the errno of that, with
 * a sentence that names it. */
int process_start(const struct process_spec *spec, struct process *out);

/* Waits for its end, at most `timeout_ms` (-1: for ever). *status is what a shell would say: the
 * exit code, or 128 and the signal's number. -ETIME, without a word: it is still running. */
int process_wait(struct process *process, int64_t timeout_ms, int *status);

/* SIGKILL for the process, and for its group where it leads one; then waits. Of a process that was
 * waited for nothing is touched. What left the group stays: see run/marked.h. */
void process_kill(struct process *process);

/* Start and wait. */
int process_run(const struct process_spec *spec, int64_t timeout_ms, int *status);

/* Start, collect what it writes to stdout (at most `max` bytes, and a terminator; spec->out is not
 * used), wait. The caller frees *output. After -ETIME or -E2BIG it was killed; both say so. */
int process_output(const struct process_spec *spec, int64_t timeout_ms, size_t max, char **output,
                   int *status);
