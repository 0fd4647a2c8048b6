/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many processes the tests of a run of the suites start, told by the kernel's process events
 * (CONFIG_PROC_EVENTS; root, in the first pid and network namespace). A test begins with the start
 * of its bats-exec-test and ends with its end; what its bats-exec-file's other descendants start
 * meanwhile (`waypost serve`) counts too. Threads are counted apart.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct forks;

struct forks_counts {
    size_t tests;
    unsigned int median, p90; /* processes a test, its own bats-exec-test among them */
    unsigned int median_threads;
    size_t lost; /* how often the kernel had to drop events */
};

/* Begins to count. -ENOTSUP, saying nothing, where the kernel does not tell. */
int forks_new(struct forks **out);
/* Whose processes are counted: those that descend from this one, from now on. */
void forks_follow(struct forks *forks, pid_t run);
/* A descriptor that is readable when there are events, and what is to be called then. */
int forks_fd(const struct forks *forks);
void forks_read(struct forks *forks);
struct forks_counts forks_counts(struct forks *forks);
void forks_free(struct forks **forks);
