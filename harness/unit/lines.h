/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text that belong to a test: what it logged, why it could not run. */
#pragma once

#include "common/strings.h"

/* More is dropped; the last line then says so. */
#define LINES_MAX 512

/* Adds what was printed, one line for each that it has; characters that a terminal would act on
 * become '?'. Returns `code`, or -ENOMEM: `return lines_say(why, -EINVAL, "…")`. */
int lines_say(struct strings *lines, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
