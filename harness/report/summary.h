/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run in words: what failed and why, what was skipped and why, and the closing line.
 */
#pragma once

#include <stdio.h>

#include "report/run.h"

/*
 * Prints every failure (its name, the reason that was printed, once, and the file with the rest),
 * the skips by reason, and as its last line `N passed, N failed, N skipped`. 0 or -ENOMEM.
 */
int summary_print(const struct run *run, FILE *out);
