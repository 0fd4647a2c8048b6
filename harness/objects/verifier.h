/* SPDX-License-Identifier: Apache-2.0 */
/* A verifier's log, for people. */
#pragma once

#include <stddef.h>

/* The sentence that says why: the last line that is neither a statistic nor a state. Points into
 * the log; *length is that of the sentence. NULL for a log without one. */
const char *verifier_sentence(const char *log, size_t *length);

/*
 * The sentence, and below it, on lines of their own: the source line that the refused instruction
 * was made of (where the object has BTF line information) and the last instructions. "" for a log
 * without a sentence; NULL when there is no memory. The caller frees it.
 */
char *verifier_explain(const char *log);

/*
 * Keeps the log as LAB.verifier-PROGRAM.log in $WAYPOST_RESULTS or, where that is not set, beside
 * the lab's state directory, which goes away with the lab; a file of that name is replaced. Of a
 * log that is longer than 1 MiB the middle is left out. `dir` is the lab's state directory, *out
 * the path.
 */
int verifier_save(const char *dir, const char *program, const char *log, char **out);
