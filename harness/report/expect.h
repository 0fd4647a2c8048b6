/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known failures of somebody's programs, as data. A file has one line for each
 *
 *   ID | FILE: TEST [FAMILIES] | REASON | LINK | YYYY-MM-DD
 *
 * ID is the contract's row, with which the test's name begins (`-` where it has none); FILE and
 * TEST stand as a run prints them, and without `[FAMILIES]` all families are meant. The line holds
 * up to and including its date. Empty lines, and lines that begin with `#`, say nothing.
 */
#pragma once

#include <stddef.h>

#include "report/expect_line.h"
#include "report/run.h"

struct expectations {
    char *path;
    struct expect_line *lines;
    size_t n_lines;
};

/* Says every malformed line as FILE:LINE, then -EINVAL; the errno of what cannot be read. */
int expect_read(const char *path, struct expectations **out);
/* Takes NULL; clears *expectations. */
void expect_free(struct expectations **expectations);

/*
 * Is every line about a test that there is, in the families that it names, and no test in two
 * lines? The run's directory has all tests of the suites in the file `tests`, selected or not: NAME
 * \t TEST \t FAMILIES. -EINVAL after every line that is wrong was said; -ENOENT without `tests`.
 */
int expect_verify(const struct expectations *expectations, const char *dir);

/*
 * Changes the run's results: an expected failure becomes a skip, with the line's reason; an
 * expected failure that passed becomes a failure, unless the line's reason begins with "sometimes:
 * "; a line whose date is before `today` (YYYY-MM-DD) is no longer heeded, and a failure of its own
 * in a job "expectations". A test that was skipped, was not selected or has no result stays as it
 * is. 0 or -ENOMEM.
 */
int expect_apply(const struct expectations *expectations, const char *today, struct run *run);
