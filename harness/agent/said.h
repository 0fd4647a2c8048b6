/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's log: what is said goes to stderr, which is the pod's log, except while a request is
 * read: then the first error is its answer. Each thread has its own.
 */
#pragma once

void said_start(void);
void said_stop(void);
/* From here on, this thread's errors are kept. */
void said_begin(void);
/* The first of them, or a sentence for none; valid until the next said_begin(). */
const char *said_end(void);
