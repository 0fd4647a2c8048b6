/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting with a deadline. Deadlines are points of CLOCK_MONOTONIC in nanoseconds, which all
 * processes of a machine share. What may not happen at all is waited for with patience
 * (common/patience.h).
 *
 * A deadline that has passed is -ETIME, so that it is never confused with the ETIMEDOUT that a
 * connection dies of; a wait that was broken off is -ECANCELED. Neither is said.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define DEADLINE_NEVER INT64_MAX

int64_t clock_ns(void);
int64_t deadline_in(int64_t ms);
/* Rounded up; 0 when it has passed; -1, which is for ever to poll() and epoll_wait(), for
 * DEADLINE_NEVER. */
int deadline_left_ms(int64_t deadline);
/* Until `fd` has one of `events`, or POLLERR or POLLHUP; or `wake_fd` (-1: none) becomes readable.
 * `events` may be 0. Returns the events. */
int deadline_wait(int fd, short events, int wake_fd, int64_t deadline);
