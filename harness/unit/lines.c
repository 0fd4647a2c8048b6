// SPDX-License-Identifier: Apache-2.0
#include "unit/lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/shortage.h"
#include "common/text.h"

static int lines_add(struct strings *lines, const char *start, size_t length)
{
    char *line = lines->n + 1 == LINES_MAX ? strdup("(and more)") : strndup(start, length);

    return strings_take(lines, line ? text_clean_line(line) : NULL);
}

static int lines_add_all(struct strings *lines, const char *text)
{
    while (*text && lines->n < LINES_MAX) {
        size_t length = strcspn(text, "\n");
        int r = lines_add(lines, text, length);

        if (r < 0)
            return r;
        text += length + (text[length] == '\n');
    }
    return 0;
}

static int lines_say_v(struct strings *lines, bool shortage, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

static int lines_say_v(struct strings *lines, bool shortage, int code, const char *fmt, va_list ap)
{
    _cleanup_free_ char *all = NULL, *said = NULL;
    char remedy[SHORTAGE_TEXT_MAX];
    int r = text_format_v(&all, fmt, ap);

    if (r == 0 && shortage)
        r = text_format(&said, LINES_SHORTAGE "%s; %s", all, shortage_remedy(code, remedy));
    if (r == 0)
        r = lines_add_all(lines, said ? said : all);
    return r < 0 ? r : code;
}

int lines_say(struct strings *lines, int code, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = lines_say_v(lines, shortage_is(code), code, fmt, ap);
    va_end(ap);
    return r;
}

int lines_say_shortage(struct strings *lines, int code, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = lines_say_v(lines, true, code, fmt, ap);
    va_end(ap);
    return r;
}
