/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of files that others write, fit to be printed. */
#pragma once

#include <stdbool.h>

/* Longest line that is given, with its end. */
#define TAIL_MAX 201

/* The last line that says something, without what does not belong in a line; "" when there is none.
 */
void tail_line(const char *path, char out[TAIL_MAX]);
/* The first line that has one of the texts (NULL-terminated). */
bool tail_find(const char *path, const char *const *texts, char out[TAIL_MAX]);
