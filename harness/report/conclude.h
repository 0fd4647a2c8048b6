/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a run: its directory is read, judged, written as files, and put in words. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct conclude_request {
    const char *dir;   /* of the run */
    const char *junit; /* files that are written; NULL: none */
    const char *tap;
    const char *failed; /* what failed, for --failed (report/last_failed.h) */
    const char *expect; /* a file of expectations; NULL: none */
    bool interrupted;   /* a job without an end is no failure */
    bool allow_skipped; /* a run in which every test was skipped is a success */
};

/* Prints what summary_print() does. Returns the exit code, or a negative errno that was said. */
int conclude(const struct conclude_request *request, FILE *out);
/* Whether the file of expectations can be read, and every line of it names a test of the run. 0, or
 * -EINVAL with a sentence. */
int conclude_check(const struct conclude_request *request);
