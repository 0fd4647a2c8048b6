/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a thread of this process waits in the kernel: /proc/self/task. */
#pragma once

#include <stdbool.h>

/* The thread `tid` sleeps, and *call is the number of the system call that it sleeps in, -1 where
 * the kernel does not tell. False for 0, and for a thread that is gone. Says nothing. */
bool asleep_in(int tid, long *call);
