/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out of a machine: the output of the command inside, and the results. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vm/status.h"

/* In the machine's directory. */
#define OUTPUT_FILE    "output"
#define OUTPUT_RESULTS "results"
#define OUTPUT_LIVE    "live" /* results as they come, until there are those */

/* Moves what there is of `fd`, which does not block, to `file_fd`, and with `status` to stdout,
 * too: what is shown there makes room. *line_open says whether the last line has no end. *ended:
 * there will be no more. -errno with a sentence. */
struct output_copy {
    int fd, file_fd;
    struct vm_status *status; /* NULL: only to the file */
    bool *line_open;
};
int output_copy(const struct output_copy *copy, bool *ended);

/* How far the suites are, by the results that have come. */
struct output_count {
    long planned, done, failed;
};

/* A line of results, "FILE \t LINE", as it came: goes to a file in DIR/live. A name that would lead
 * out of there is passed over. */
int output_live_line(const char *dir, char *line, struct output_count *count);
/* DIR/results: what the archive DIR/files.tar has, or where that is not whole, what came until
 * then. Names that would lead out of the directory are refused. */
int output_unpack(const char *dir);
