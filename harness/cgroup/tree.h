/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of the cgroup2 hierarchy, one name at a time and by fd: nothing here follows a link,
 * and nothing leaves CGROUP2/waypost.
 */
#pragma once

#include <stdbool.h>

#include "common/stop.h"
#include "place/lab.h"

/* CGROUP2 itself, checked to be one. The caller owns the fd. */
int cgroup_tree_open_root(const struct lab *lab, int *out_fd);
/* CGROUP2/waypost/RUN, made where it is not there when `make`. Without: -ENOENT, without a word.
 * Labs share it: made and removed under lock_machine(). */
int cgroup_tree_open_run(const struct lab *lab, int root_fd, bool make, int *out_fd);
/* A directory below dir_fd; -ENOENT without a word, other errors with a sentence. */
int cgroup_tree_open(int dir_fd, const char *name, int *out_fd);
int cgroup_tree_make(int dir_fd, const char *name, int *out_fd);
/* Says that a cgroup cannot be made, for the errno of mkdir(2): EAGAIN is a limit of the cgroups
 * above it, and not of processes. Returns it as a negative one. */
int cgroup_tree_cannot_make(int code, const char *name);
/* Removes a directory and those below it, depth first. Absent is no error. */
int cgroup_tree_remove(int dir_fd, const char *name, const struct stop *stop);

/* Kills every process of a cgroup and those below it, and waits until there is none, at most
 * deadline_ms; -ETIMEDOUT, or -PATIENCE_STARVED, with a sentence then. `name` is for the message.
 */
int cgroup_tree_kill(int dir_fd, const char *name, int deadline_ms);
/* The way of kernels before 5.14: stops all of them first, so that none can fork away. */
int cgroup_tree_kill_each(int dir_fd, const char *name, int deadline_ms);
/* Whether there is a process in it or below. */
int cgroup_tree_populated(int dir_fd, const char *name, bool *out);
