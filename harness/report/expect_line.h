/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a file of expectations (report/expect.h). */
#pragma once

#include <stddef.h>

struct expect_line {
    size_t number; /* in its file, from 1 */
    char *id, *file, *test;
    unsigned families; /* a set (report/families.h); 0: none is named, all are meant */
    char *reason, *link, *expiry;
};

/* Fills the line but for its number, which the errors name; a line that says nothing leaves ->id
 * NULL. `text` is changed. -EINVAL with PATH:LINE and what is wrong. */
int expect_line_parse(char *text, const char *path, struct expect_line *line);
void expect_line_free(struct expect_line *line);
