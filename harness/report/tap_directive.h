/* SPDX-License-Identifier: Apache-2.0 */
/* What bats and cmocka print around a test's own words. All of it is looked for in the text that
 * is passed, and points into it. */
#pragma once

#include <stddef.h>

/* Where the last `# skip` of a result's description begins, with the blank in front of it and in
 * any case of letters; NULL when there is none. */
const char *tap_find_skip(const char *description);
/* The one that bats printed behind a test's name. The name, as the test's beginning gave it, tells
 * it from one that is part of the name; where that is not known (NULL), the last one is taken. */
const char *tap_bats_skip(const char *description, const char *name);
/* What stands behind a `# skip` that one of these found; "" when nothing does. */
const char *tap_skip_reason(const char *skip);

/* The length of what bats puts in front of a failed test's own words, up to their first line: the
 * stack, and the command that failed. 0 when a detail does not begin so. */
size_t tap_where(const char *detail);
