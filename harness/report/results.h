/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory that a run leaves, line by line: this is the one place that writes its files and
 * reads them. What the lines mean, counted and judged, is report/run.h.
 *
 *   facts          what the run was made on (report/facts.h): NAME \t VALUE
 *   tests          every test of the suites, selected or not: FILE \t TEST \t FAMILIES
 *   plan           one line per job, before it starts: NAME \t VARIANT \t bats|program \t TESTS
 *   ends           one line per job that ended: NAME \t VARIANT \t HOW \t NUMBER \t MILLISECONDS
 *                  \t PROCESSES
 *   stopped        why the run ended before all of its jobs had; there only when it did
 *   NAME.VARIANT.tap   what the job printed; of a bats file with time stamps (report/tap.h)
 *   NAME.VARIANT.err   what it said on stderr
 *
 * A job is one process that prints TAP: a bats file in one family, a unit test, a lint tool. Its
 * variant may be "" (the files are then NAME.tap and NAME.err). Texts with tabs or newlines in them
 * are written with blanks in their place.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "report/tap.h"

struct results_job {
    char *name, *variant;     /* without '/' */
    enum tap_dialect dialect; /* TAP_BATS: "bats" */
    long n_tests;             /* selected; -1: not known */
};

enum results_how {
    RESULTS_EXIT,    /* by itself; `number` is its status as a shell has it */
    RESULTS_LIMIT,   /* killed when it had made no progress for `number` seconds */
    RESULTS_HELD,    /* the same, but only its output was still open: all of bats had ended */
    RESULTS_TOTAL,   /* killed after `number` seconds, although it made progress */
    RESULTS_STARVED, /* killed after `number` seconds in which others had the processors */
    RESULTS_SHORT, /* by itself, with the status `number`, after the machine was short of something
                    */
};

/* "exit", "limit", "held", "total", "starved" or "short". */
const char *results_how_name(enum results_how how);

struct results_end {
    enum results_how how;
    long number;
    int64_t elapsed_ms;
    char *processes; /* what was running when it was killed; of RESULTS_SHORT the sentence; "" */
};

/* What a line of a bats process says, for whoever shows progress. */
enum results_event {
    RESULTS_OTHER,
    RESULTS_BEGIN, /* a test begins */
    RESULTS_PASSED,
    RESULTS_FAILED,
    RESULTS_SKIPPED,
    RESULTS_INCONCLUSIVE, /* the test that failed last: that is what it is instead */
};

/* ---- writing ---- */

struct results_writer;

/*
 * Makes `facts`, `tests`, `plan` and `ends`, empty, in a directory that is there; `stopped` goes.
 * With `live_fd`
 * (-1: none) every line also goes there, as FILE \t LINE; it stays the caller's. The errno of what
 * cannot be written, with a sentence.
 */
int results_open(const char *dir, int live_fd, struct results_writer **out);
/* Takes NULL; clears *writer. */
void results_close(struct results_writer **writer);

/* Each is on disk (and sent) when it returns. 0, or an error that was said. */
int results_add_fact(struct results_writer *writer, const char *name, const char *value);
int results_add_test(struct results_writer *writer, const char *file, const char *test,
                     const char *families);
/* `job` is numbered from 0 in the order of these calls; both strings are copied. */
int results_add_job(struct results_writer *writer, const struct results_job *job);
int results_add_end(struct results_writer *writer, size_t job, const struct results_end *end);
/* The reason is shown as REASON: N of M files did not end. */
int results_add_stop(struct results_writer *writer, const char *reason);

/*
 * A line that the job printed, without its newline. Of a bats process (with `-x`, bats' extended
 * syntax) it is written with the time stamps of report/tap.h; `now_us` is from any clock that does
 * not go back. *event is what it says; RESULTS_OTHER for programs, whose lines stay as they are.
 */
int results_add_line(struct results_writer *writer, size_t job, int64_t now_us, const char *line,
                     enum results_event *event);
/* What stood behind the last newline when the job's output ended: half a line, that says nothing.
 */
int results_add_half_line(struct results_writer *writer, size_t job, const char *text);

/* DIR/NAME.VARIANT.SUFFIX, suffix "tap" or "err"; the caller frees it. NULL: no memory. */
char *results_job_path(const char *dir, const struct results_job *job, const char *suffix);

/* ---- reading: each calls `fn` for every line, in order, until it returns an error ---- */

typedef int (*results_job_fn)(const struct results_job *job, void *data);
typedef int (*results_end_fn)(const char *name, const char *variant, const struct results_end *end,
                              void *data);
typedef int (*results_test_fn)(const char *file, const char *test, const char *families,
                               void *data);

/* -ENOENT with a sentence when `dir` holds no run, -EINVAL when its plan cannot be read. */
int results_read_plan(const char *dir, results_job_fn fn, void *data);
/* A line that cannot be read (half of one, of a machine that died) is passed over; so is a file
 * that is not there. */
int results_read_ends(const char *dir, results_end_fn fn, void *data);
/* -ENOENT with a sentence when there is none. */
int results_read_tests(const char *dir, results_test_fn fn, void *data);
/* *reason is NULL when the run was not stopped; as it is in the file. The caller frees it. */
int results_read_stop(const char *dir, char **reason);
