/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for something that may never happen, on a machine that may be too busy to let it happen.
 *
 * A patience is a deadline that counts only the time in which a process had its turn. Of each look
 * at the clock at most PATIENCE_LOOK_NS count, so that a machine that stood still (a hypervisor
 * that took the processors, a suspended laptop) costs nothing; and of what counts only the share
 * that a process could get: 1 while no more than twice as many tasks are runnable as there are
 * processors, less in proportion above that. Twenty times its quiet value after it began, and not
 * before PATIENCE_LEAST_NS, it ends all the same: then nobody can say whether the thing did not
 * happen or only had no turn, which is *inconclusive*. The least is there because one standstill
 * of a second says nothing of a wait of 50 ms that goes on after it.
 *
 * Chosen by measuring: two processors, `stress-ng --cpu 20 --vm 2` beside it, 12 s each.
 *   SCHED_OTHER, a tick each 10 ms   973 of 1200: who sleeps gets a turn, who computes does not
 *   SCHED_IDLE, a tick each 10 ms    24 of 1200: 5 s would last 250 s, and nothing could ever fail
 *   /proc/pressure/cpu, "some"       100 %, and 94 % without it at a load average of 1
 *   /proc/schedstat                  is not there without CONFIG_SCHEDSTATS; /proc/self/schedstat
 *                                    has the delay of the waiter, which is the first line again
 *   /proc/loadavg, runnable tasks    25 to 26: a share of 0.15, 5 s last 33 s
 * The last one is there on every kernel, is the whole machine's in every namespace, and is what
 * makes a process that computes slow. Without /proc the share is 1.
 */
#pragma once

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PATIENCE_FACTOR   20
#define PATIENCE_LOOK_NS  100000000LL
#define PATIENCE_LEAST_NS 5000000000LL

/* The errno of a patience that ended without having counted enough; no wait has it otherwise. */
#define PATIENCE_STARVED ENOSR

/* May be looked at by several threads at once. Times are nanoseconds of CLOCK_MONOTONIC. */
struct patience {
    int64_t quiet_ns, started_ns;
    _Atomic int64_t looked_ns, counted_ns;
};

void patience_start(struct patience *patience, int64_t ms);
/* Looks at the clock. 0 while there is time left, -ETIME when it has passed, -PATIENCE_STARVED when
 * it could not be counted. Says nothing. */
int patience_look(struct patience *patience);
/* The same, and how long to wait, in milliseconds, before the next look; 0 when it is over. */
int patience_left_ms(struct patience *patience);
/* As patience_look(), but what was counted stays as it is. */
int patience_outcome(const struct patience *patience);
/* deadline_wait() with patience: the events of `fd`, -ECANCELED, -ETIME or -PATIENCE_STARVED. */
int patience_wait(int fd, short events, int wake_fd, struct patience *patience);
/* A blocking call on the socket (connect, send) ends after so many ms: with EAGAIN or EINPROGRESS,
 * and the caller goes on with patience_wait(). */
#define PATIENCE_CALL_MS 50
int patience_for_socket(int fd, int64_t ms);

/* What every sentence begins with by which something is inconclusive, on standard error, too. */
#define PATIENCE_WORD     "inconclusive: "
#define PATIENCE_TEXT_MAX 512
/* That `what` ("the flow") is inconclusive, and why. Returns `text`. */
const char *patience_text(const struct patience *patience, const char *what,
                          char text[PATIENCE_TEXT_MAX]);
/* Says the same; -PATIENCE_STARVED. */
int patience_say(const struct patience *patience, const char *what);
