/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run in words: what failed and why, what was skipped and why, and the closing line.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "report/run.h"

/*
 * Prints every failure (its name, the reason that was printed, once, and the file with the rest),
 * the skips by reason, and as its last line `N passed, N failed, N skipped`. Without
 * `allow_skipped` it says of a run that only skipped that this is no success. 0 or -ENOMEM.
 */
int summary_print(const struct run *run, bool allow_skipped, FILE *out);
