/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a job is given up. It has its limit of the machine's time (common/patience.h) to get on: a
 * test of it begins or ends, it prints something, or its processes compute for more than a
 * hundredth of the time (of a bats file only as long as bats is one of them: what it left behind
 * gets nowhere). Twenty times the limit it has in all.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How long a job has that gets on, in limits. */
#define WATCH_TOTAL 20

enum watch_verdict {
    WATCH_GOES_ON,
    WATCH_STANDS,   /* no progress for its limit, and the machine had time */
    WATCH_TOTAL_UP, /* progress, but no end */
    WATCH_STARVED,  /* the machine had no time for it: nobody can say */
};

/* Nanoseconds; `machine` is the time that the machine had, as clock_ns() a count from any start. */
struct watch {
    int64_t limit_ns;
    bool is_bats;
    int64_t started_ns, started_machine;
    int64_t moved_machine; /* at its last progress */
    int64_t ran_ms; /* what its processes had run when they were last looked at; -1: not yet */
};

void watch_start(struct watch *watch, int limit_s, bool is_bats, int64_t now, int64_t machine);
/* Progress. */
void watch_move(struct watch *watch, int64_t machine);
/* Looks at the processes of the group and those with the mark (run/marked.h) only when half of the
 * time is over. *seconds is how long it had. An error was said. */
int watch_look(struct watch *watch, pid_t group, const char *mark, int64_t now, int64_t machine,
               enum watch_verdict *verdict, long *seconds);
