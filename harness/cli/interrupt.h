/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that end a process (SIGINT, SIGTERM, SIGHUP), while a verb does what it must not leave by
 * half. Signals belong to the process, so there can be only one of these at a time.
 */
#pragma once

#include <signal.h>

#include "common/cleanup.h"
#include "common/stop.h"

#define INTERRUPT_SIGNALS 3

struct interrupt {
    struct sigaction before[INTERRUPT_SIGNALS];
};

/* From now on a signal is noted, and calls that wait return EINTR. */
void interrupt_note(struct interrupt *interrupt);
/* The signal that was noted since, 0 when there was none. */
int interrupt_noted(void);
/* The same for work that asks: -EINTR once there was one. */
extern const struct stop interrupt_stop;
/* Nothing was noted; the next signal is. */
void interrupt_forget(void);
/* As it was before. */
void interrupt_release(struct interrupt *interrupt);
#define _cleanup_interrupt_ _cleanup_(interrupt_release)
