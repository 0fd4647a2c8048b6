// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "play/play.h"

static const char *differs_answer(const struct play_column *column, size_t i)
{
    return i < column->answers->n ? column->answers->items[i] : "(not tried)";
}

static bool differs_line(const struct script_line *line, const char *a, const char *b)
{
    return strcmp(a, b) != 0 || (line->expected && strcmp(line->expected, a) != 0);
}

static void differs_row(FILE *out, int width, const char *name, const char *answer)
{
    fprintf(out, "  %s:%*s %s\n", name, width - (int)strlen(name), "", answer);
}

static void differs_show(const struct script *script, const struct script_line *line,
                         const struct play_column *first, const struct play_column *second,
                         size_t i, FILE *out)
{
    size_t width = strlen("expected");

    width = strlen(first->target) > width ? strlen(first->target) : width;
    if (second)
        width = strlen(second->target) > width ? strlen(second->target) : width;
    fprintf(out, "%s:%zu: %s\n", script->file, line->number, line->text);
    if (line->expected)
        differs_row(out, (int)width, "expected", line->expected);
    differs_row(out, (int)width, first->target, differs_answer(first, i));
    if (second)
        differs_row(out, (int)width, second->target, differs_answer(second, i));
}

bool play_differs(const struct script *script, const struct play_column *first,
                  const struct play_column *second, FILE *out)
{
    for (size_t i = 0; i < script->n; i++) {
        const struct script_line *line = &script->lines[i];
        const char *a = differs_answer(first, i);

        if (differs_line(line, a, second ? differs_answer(second, i) : a) ||
            strcmp(a, PLAY_NO_RETURN) == 0) {
            differs_show(script, line, first, second, i, out);
            return true;
        }
        fprintf(out, "%s -> %s\n", line->text, a);
    }
    return false;
}
