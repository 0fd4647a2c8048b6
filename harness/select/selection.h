/* SPDX-License-Identifier: Apache-2.0 */
/* The tests of a directory of suites, and those of them that are to be run (select/select.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/address.h"
#include "common/strings.h"

struct select_test {
    const char *file; /* "120-connect"; of the selection */
    char *name;
    struct strings tags;  /* its own and its file's */
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
    bool whole; /* no pattern and no last failure chose single tests of the file */
    /* For `bats --filter`: a regular expression that matches the names of the selected tests and no
     * other; NULL when no test of the file is left out. No --filter-tags is needed beside it. */
    char *names;
    int64_t expected_ms; /* as long as it took last time, or a guess from the number of tests */
};

struct selection {
    struct strings files, paths; /* "120-connect", DIRECTORY/120-connect.bats; sorted */
    struct select_test *tests;   /* every test of the directory, in the files' order */
    size_t n_tests;
    struct select_job *jobs; /* what is to be run, the longest first */
    size_t n_jobs;
};

/* Takes NULL; clears *selection. */
void select_free(struct selection **selection);
