/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tests run, in which families, as which bats processes. The *.bats files of a directory are
 * read as bats-preprocess (1.8.2) reads them; no process is started.
 *
 * A file that cannot be read so is a mistake, not a file with fewer tests. 000-TEMPLATE.bats is no
 * suite. A test runs in v4, v6 and mapped; its tags (and its file's) say where it does not: once
 * (v4 only), no-v4, no-v6, no-mapped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/address.h"
#include "report/last_failed.h"

/* Strings and what is pointed to stay the caller's. Zeroed, it selects everything. */
struct select_request {
    const char *directory; /* with the *.bats files */
    /* Parts of a file's name, or where no file has it of a test's. NULL-terminated; NULL: all. */
    const char *const *patterns;
    /* Alternatives, each "a,b,!c": with a, with b, without c. NULL-terminated; NULL: all. */
    const char *const *tags;
    unsigned families;                /* a set (report/families.h); 0: all */
    const struct last_failed *failed; /* only what failed last time; NULL: no matter */
    unsigned shard, shards;           /* only part `shard` (from 1) of `shards`; 0: all */
    const char *shard_times;          /* the durations (run/durations.h) that all machines have */
    const char *durations;            /* those of this machine; either file may be missing */
};

struct select_test {
    const char *file; /* "120-connect"; of the selection */
    char *name;
    char *tags;           /* ",a,b,", the file's too */
    unsigned line;        /* in its file, from 1 */
    unsigned runs_in;     /* the families that its tags leave; never empty */
    unsigned selected_in; /* of these, those that were selected; 0: not selected */
};

/* One bats process. */
struct select_job {
    const char *file; /* "120-connect" */
    const char *path; /* DIRECTORY/120-connect.bats */
    enum family family;
    size_t n_tests;
    /* For `bats --filter`: a regular expression that matches the names of the selected tests and no
     * other; NULL when no test of the file is left out. No --filter-tags is needed beside it. */
    char *names;
    int64_t expected_ms; /* as long as it took last time, or a guess from the number of tests */
};

struct selection {
    char **files; /* "120-connect", sorted */
    char **paths; /* beside them */
    size_t n_files;
    struct select_test *tests; /* every test of the directory, in the files' order */
    size_t n_tests;
    struct select_job *jobs; /* what is to be run, the longest first */
    size_t n_jobs;
};

/*
 * -EINVAL, with a sentence that says what would be right, when nothing is selected, a pattern or a
 * tag matches nothing, the shard is empty, or a file is none that bats and this understand (all of
 * those are said, as FILE:LINE). The errno of what cannot be read.
 */
int select_tests(const struct select_request *request, struct selection **out);
/* Takes NULL; clears *selection. */
void select_free(struct selection **selection);

/* "2/4"; -EINVAL with a sentence. */
int select_parse_shard(const char *text, unsigned *shard, unsigned *shards);

/* `FILE.bats: TEST [FAMILIES]` of the selected tests, and `N tests`: one in two families is two. */
void select_print(const struct selection *selection, FILE *out);
/*
 * The behaviours of the contract (the rows of docs/contract.md at `contract`), each with how many
 * of the selected tests name it; files that begin with 9 test the helpers and are not counted. 1
 * when one has no test, else 0; the errno when the contract cannot be read.
 */
int select_print_behaviours(const struct selection *selection, const char *contract, FILE *out);
