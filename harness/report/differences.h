/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same tests, run several times: on several kernels, with several sets of objects. Which of
 * them did not end alike everywhere.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "report/tap.h"

struct differences_test {
    char *name; /* "FILE: TEST [FAMILY]" */
    enum tap_outcome outcome;
};

/* One run of all tests. */
struct differences_column {
    const char *title;
    const struct differences_test *tests; /* as differences_sort() leaves them */
    size_t n_tests;
};

void differences_sort(struct differences_test *tests, size_t n);
/* For each test that went differently in two columns its name, and what each column says of it; at
 * most 200. Nothing when there is none. 0 or -ENOMEM, which it says. */
int differences_print(const struct differences_column *columns, size_t n, FILE *out);
