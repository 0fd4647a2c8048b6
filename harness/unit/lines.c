// SPDX-License-Identifier: Apache-2.0
#include "unit/lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        free(lines->text[i]);
    free(lines->text);
    *lines = (struct lines){};
}

static void lines_clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static int lines_add(struct lines *lines, const char *start, size_t length)
{
    char **text = reallocarray(lines->text, lines->n + 1, sizeof(*text));
    char *line;

    if (!text)
        return -ENOMEM;
    lines->text = text;
    line = lines->n + 1 == LINES_MAX ? strdup("(and more)") : strndup(start, length);
    if (!line)
        return -ENOMEM;
    lines_clean(line);
    text[lines->n++] = line;
    return 0;
}

int lines_say(struct lines *lines, int code, const char *fmt, ...)
{
    _cleanup_free_ char *all = NULL;
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = vasprintf(&all, fmt, ap);
    va_end(ap);
    if (r < 0) {
        all = NULL;
        return -ENOMEM;
    }
    r = 0;
    for (const char *at = all; r == 0 && *at && lines->n < LINES_MAX;) {
        size_t length = strcspn(at, "\n");

        r = lines_add(lines, at, length);
        at += length + (at[length] == '\n');
    }
    return r < 0 ? r : code;
}
