/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict reader of the Test Anything Protocol, as bats and cmocka print it. Nothing that it reads
 * is trusted: what a stream says twice, out of order, out of its plan or not in TAP at all becomes
 * a problem of the stream, and a test without a result is found by counting.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "common/strings.h"

enum tap_dialect {
    TAP_BATS,    /* one plan, first; results in the plan; nothing else but comments */
    TAP_PROGRAM, /* cmocka: a plan per group; the program may print lines of its own in between */
};

/* A test that fails with the line "inconclusive: SENTENCE" (common/patience.h) has neither passed
 * nor failed: on this machine nobody could tell. */
enum tap_outcome { TAP_PASSED, TAP_FAILED, TAP_SKIPPED, TAP_INCONCLUSIVE };

struct tap_test {
    size_t number; /* from 1; the groups of a program are counted on */
    char *name;
    enum tap_outcome outcome;
    char *reason; /* of a skip, "" when none was given; the sentence of what is inconclusive; else
                   * NULL */
    char *detail; /* what was printed about it, lines without "# "; NULL when nothing */
    int64_t elapsed_us; /* -1 when the stream has no time stamps */
};

struct tap_stream {
    long planned; /* sum of the plans, or -1 when there was none */
    struct tap_test *tests;
    size_t n_tests;
    size_t missing; /* planned tests without a result */
    struct strings problems;
    char *running; /* the test that had begun when the stream ended; NULL when none had */
};

/* More tests than this in one stream are taken for a mistake. */
#define TAP_PLAN_MAX 100000

/*
 * Reads to the end of the file. All texts are cleaned (common/text.h). Beside TAP, a stream can
 * carry time stamps, `#@ MICROSECONDS begin NUMBER NAME` and `#@ MICROSECONDS` in front of a
 * result. -ENOMEM, or the errno of a failed read; a malformed stream is no error, but has problems.
 */
int tap_read(FILE *file, enum tap_dialect dialect, struct tap_stream **out);
/* Takes NULL; clears *stream. */
void tap_free(struct tap_stream **stream);
