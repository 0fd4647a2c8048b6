/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What failed in the last run, kept beside the directories of the runs for `--failed`: a file with
 * FILE \t FAMILY \t TEST per line. An empty TEST is the file as a whole: it died, hung, or lost
 * results.
 */
#pragma once

#include <stddef.h>

#include "report/run.h"

struct last_failed_test {
    char *file, *family, *test;
};

struct last_failed {
    struct last_failed_test *items;
    size_t n;
};

/* Writes what failed of the run's bats files, also when nothing did: "nothing" is an answer. What
 * the run did not select or could not end is not in it. */
int last_failed_write(const char *path, const struct run *run);
/* -ENOENT, without a word, when there was no run yet; -EINVAL with a sentence when it is no such
 * file. last_failed_clear() frees what is in *out. */
int last_failed_read(const char *path, struct last_failed *out);
void last_failed_clear(struct last_failed *list);
