// SPDX-License-Identifier: Apache-2.0
#include "unit/lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"

static int lines_add(struct strings *lines, const char *start, size_t length)
{
    char *line = lines->n + 1 == LINES_MAX ? strdup("(and more)") : strndup(start, length);

    return strings_take(lines, line ? text_clean_line(line) : NULL);
}

int lines_say(struct strings *lines, int code, const char *fmt, ...)
{
    _cleanup_free_ char *all = NULL;
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = text_format_v(&all, fmt, ap);
    va_end(ap);
    if (r < 0)
        return r;
    for (const char *at = all; *at && lines->n < LINES_MAX;) {
        size_t length = strcspn(at, "\n");

        r = lines_add(lines, at, length);
        if (r < 0)
            return r;
        at += length + (at[length] == '\n');
    }
    return code;
}
