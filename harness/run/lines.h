/* SPDX-License-Identifier: Apache-2.0 */
/* What comes out of a pipe, line by line, without waiting for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lines {
    char *text; /* of the line that is not complete yet */
    size_t length, size;
};

/* A longer line is given in pieces. */
#define LINES_MAX (1 << 20)

/* Gets a line without its newline; NUL bytes in it are '?'. */
typedef int (*lines_fn)(char *line, void *data);

/* Reads what there is of `fd`, which must not block, and calls `fn` for each line that has an end.
 * *ended says that there will be no more. The first error of `fn`, or the errno of what could not
 * be read, said. */
int lines_read(struct lines *lines, int fd, lines_fn fn, void *data, bool *ended);
/* What stands behind the last newline; NULL when nothing does. Valid until the next call. */
char *lines_rest(struct lines *lines);
void lines_clear(struct lines *lines);
