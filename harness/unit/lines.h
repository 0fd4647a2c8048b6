/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of text that belong to a test: what it logged, why it could not run. */
#pragma once

#include "common/patience.h"
#include "common/shortage.h"
#include "common/strings.h"

/* More is dropped; the last line then says so. */
#define LINES_MAX 512

/* What the first line begins with where the machine was short of something. */
#define LINES_SHORTAGE PATIENCE_WORD SHORTAGE_WORD

/* Adds what was printed, one line for each that it has; characters that a terminal would act on
 * become '?'. What the machine is short of (common/shortage.h) is said as that, with how to get it.
 * Returns `code`, or -ENOMEM: `return lines_say(why, -EINVAL, "…")`. */
int lines_say(struct strings *lines, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of a code that is a shortage here, if not everywhere. */
int lines_say_shortage(struct strings *lines, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
