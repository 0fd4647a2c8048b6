/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests of a .bats file, read as bats-preprocess (1.8.2) reads them, line by line and without a
 * shell. What bats accepts beyond `@test "NAME" {` is a mistake here: another reader would count
 * other tests than bats runs.
 */
#pragma once

#include <stddef.h>

#include "common/strings.h"

struct bats_test {
    char *name;
    struct strings tags; /* its own and its file's */
    unsigned line;       /* from 1 */
};

struct bats_file {
    struct bats_test *tests;
    size_t n_tests;
};

/*
 * -EINVAL after everything that is wrong was said, as PATH:LINE: no test at all, a test that bats
 * would not see or would call by another name, two that it could not tell apart, tags that are
 * none. The errno of what cannot be read. What is in *out bats_file_clear() frees, also after an
 * error.
 */
int bats_file_read(const char *path, struct bats_file *out);
void bats_file_clear(struct bats_file *file);
