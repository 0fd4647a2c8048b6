/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit files of one suite that was run in pieces: on several kernels, in several shards. Read
 * without trust: tests are counted, not the numbers that a file gives of itself, and a shard that
 * is missing or there twice is found.
 */
#pragma once

#include <mxml.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/memory_files.h"
#include "report/differences.h"

/* Everything that was run on one kernel with one set of objects. */
struct merge_column {
    char *kernel, *accelerator, *objects; /* "" where a file does not say */
    struct differences_test *tests;       /* sorted by name by merge_finish() */
    size_t n_tests;
    size_t passed, failed, skipped, inconclusive;
    long shards;    /* of how many; 1 when it was not cut */
    bool *was_read; /* by shard */
};

struct merge {
    mxml_node_t *xml, *suites; /* all of it as one file */
    struct merge_column *columns;
    size_t n_columns;
    size_t passed, failed, skipped, inconclusive;
    size_t missing; /* shards */
};

#define MERGE_SHARDS_MAX 1000

int merge_new(struct merge **out);
void merge_free(struct merge **merge);
/* A file's bytes; `path` is for messages. -EINVAL with a sentence that names it: not JUnit, not of
 * waypost, or the same shard again. */
int merge_add(struct merge *merge, const char *path, const void *bytes, size_t size);
/* After the last file: counts, sorts, finds what is missing. */
int merge_finish(struct merge *merge);
/* Which shards are missing, a line per kernel, the tests that went differently on two of them, and
 * the closing line, as summary_print() has it. */
int merge_print(const struct merge *merge, bool allow_skipped, FILE *out);
/* Everything was skipped: not a success, unless somebody says so. */
bool merge_skipped_only(const struct merge *merge);
/* 1 a test failed or a shard is missing; 2 nothing ran, or without `allow_skipped` nothing but
 * skipped tests; else 0. */
int merge_exit_code(const struct merge *merge, bool allow_skipped);

/* What a merge comes to. */
struct merged {
    struct memory_files results; /* MERGED_TEXT and MERGED_JUNIT */
    int exit_code;
};

#define MERGED_TEXT  "text"
#define MERGED_JUNIT "junit"

/* Reads the files (NULL-terminated), lets a confined child (confine/confine.h) merge them, and
 * hands back what it printed, all of it as one JUnit file, and the exit code. A negative errno with
 * a sentence; the caller frees out->results. */
int merge_files(char *const *paths, bool allow_skipped, struct merged *out);
