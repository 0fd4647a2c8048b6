// SPDX-License-Identifier: Apache-2.0
#include "run/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

#define LINES_READ 65536

static int lines_make_room(struct lines *lines)
{
    char *text;

    if (lines->size - lines->length > LINES_READ)
        return 0;
    text = realloc(lines->text, lines->length + 2 * LINES_READ);
    if (!text)
        return err_r(ENOMEM, "cannot read what a job prints");
    lines->text = text;
    lines->size = lines->length + 2 * LINES_READ;
    return 0;
}

static void lines_replace_nul(char *text, size_t length)
{
    for (char *nul = text; (nul = memchr(nul, '\0', length - (size_t)(nul - text)));)
        *nul = '?';
}

/* What is complete. */
static int lines_give(struct lines *lines, lines_fn fn, void *data)
{
    size_t start = 0;
    int r = 0;

    while (r >= 0) {
        char *line = lines->text + start;
        size_t length = lines->length - start;
        char *end = memchr(line, '\n', length);

        if (!end && length < LINES_MAX)
            break;
        if (!end)
            end = line + length - 1;
        *end = '\0';
        start += (size_t)(end - line) + 1;
        r = fn(line, data);
    }
    memmove(lines->text, lines->text + start, lines->length - start);
    lines->length -= start;
    return r < 0 ? r : 0;
}

int lines_read(struct lines *lines, int fd, lines_fn fn, void *data, bool *ended)
{
    ssize_t n;
    int r;

    *ended = false;
    for (;;) {
        r = lines_make_room(lines);
        if (r < 0)
            return r;
        n = read(fd, lines->text + lines->length, LINES_READ);
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && errno != EINTR)
            return err_r(errno, "cannot read what a job prints");
        *ended = n == 0;
        if (n > 0) {
            lines_replace_nul(lines->text + lines->length, (size_t)n);
            lines->length += (size_t)n;
        }
        r = lines_give(lines, fn, data);
        if (r < 0 || *ended)
            return r;
    }
}

char *lines_rest(struct lines *lines)
{
    if (lines->length == 0)
        return NULL;
    lines->text[lines->length] = '\0'; /* there is room for more */
    return lines->text;
}

void lines_clear(struct lines *lines)
{
    free(lines->text);
    *lines = (struct lines){0};
}
