/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several kernels beside each other: what became of each, and which tests are told apart by them.
 * The directory of a kernel holds
 *
 *   kernel.json   its line of `waypost kernels`
 *   verdict.json  {"verdict": "ended", "detail": "", "accelerator": "tcg", "seconds": 210}; every
 *                 verdict but "ended" is a failure, whatever the results are
 *   results/      the run's results (report/run.h); may be missing
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"
#include "report/differences.h"
#include "report/run.h"

struct matrix_kernel {
    json_t *kernel, *verdict;
    struct run *run; /* NULL: there are no results */
    /* Its tests, sorted. */
    struct differences_test *tests;
    size_t n_tests;
    /* Borrowed: "passed", "failed" or the verdict's word, a sentence about it ("" for none), and
     * how the kernel was run. */
    const char *outcome, *detail, *accelerator;
    int64_t seconds;
    /* A skip that the kernel's `missing` does not allow; NULL: none. */
    const char *skip;
};

struct matrix {
    struct matrix_kernel *kernels;
    size_t n;
    /* A kernel that fails without a failed test counts as one. */
    size_t passed, failed, skipped, inconclusive;
};

/*
 * Reads n directories. With `objects` the programs under test are somebody else's, and tests may be
 * skipped for want of a program. -ENOENT, -EINVAL and the like with a sentence.
 */
int matrix_read(char *const *dirs, size_t n, bool objects, struct matrix **out);
/* Takes NULL; clears *matrix. */
void matrix_free(struct matrix **matrix);
