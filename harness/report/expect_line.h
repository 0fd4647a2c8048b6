/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a file of expectations (report/expect.h). */
#pragma once

#include <stdbool.h>

#include "report/expect.h"

/* Is `word` one of the words of `words`, which have a blank in between? */
bool expect_has_word(const char *words, const char *word);
/* Fills the line but for its number, which the errors name; a line that says nothing leaves ->id
 * NULL. `text` is changed. -EINVAL with PATH:LINE and what is wrong. */
int expect_line_parse(char *text, const char *path, struct expect_line *line);
void expect_line_free(struct expect_line *line);
