/* SPDX-License-Identifier: Apache-2.0 */
/* The rule of prints: what reaches a terminal passes common/terminal.h. */
#pragma once

#include <stdio.h>

#include "check/tree.h"

/* Prints what breaks it, a line each: every main() without terminal_start(), and every line that
 * could write to stdout's or stderr's descriptor, or put another stream in their place. Excused are
 * the files in a list with the reason, and an excuse without a need breaks the rule, too. Returns
 * how many lines that were, or a negative errno, which was said. */
int prints_check(const struct tree *tree, FILE *out);
