// SPDX-License-Identifier: Apache-2.0
#include "play/script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

#define SCRIPT_BLANK " \t"

/* What reads one line has at hand. */
struct script_reader {
    const char *file;
    size_t number;
    const struct script_calls *calls;
    struct script_line *line;
    char *rest; /* of strtok_r() */
};

__attribute__((format(printf, 2, 3))) static int script_wrong(const struct script_reader *reader,
                                                              const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_say(EINVAL, "%s:%zu: %s", reader->file, reader->number, text_clean_line(text));
}

static const char *script_word(struct script_reader *reader)
{
    return strtok_r(NULL, SCRIPT_BLANK, &reader->rest);
}

/* "send N [dontwait]" */
static const char *script_usage(const struct script_call *call, char *out, size_t size)
{
    int n = snprintf(out, size, "%s%s%s", call->name, call->names_pod ? " POD" : "",
                     call->numbers == 0  ? ""
                     : call->any_number  ? " [N]"
                     : call->numbers > 1 ? " N N"
                                         : " N");

    if (call->words && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ", and any of: %s", call->words);
    return out;
}

static bool script_call_has(const struct script_call *call, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = call->words; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

static bool script_number(const char *word, long *out)
{
    char *end;

    if (*word < '0' || *word > '9')
        return false;
    errno = 0;
    *out = strtol(word, &end, 10);
    return errno == 0 && *end == '\0' && *out <= 1 << 24;
}

static int script_take_argument(struct script_reader *reader, const char *word)
{
    struct script_line *line = reader->line;
    const struct script_call *call = line->call;
    char usage[256];
    long number;

    if (call->names_pod && !line->pod) {
        line->pod = word;
        return 0;
    }
    if (line->n_words == 0 && line->n_numbers < call->numbers && script_number(word, &number)) {
        line->numbers[line->n_numbers++] = number;
        return 0;
    }
    if (line->n_words < SCRIPT_ARGUMENTS_MAX && script_call_has(call, word)) {
        line->words[line->n_words++] = word;
        return 0;
    }
    return script_wrong(reader, "'%.40s' is found, and right would be: %s", word,
                        script_usage(call, usage, sizeof(usage)));
}

static int script_check_arguments(const struct script_reader *reader)
{
    const struct script_line *line = reader->line;
    const struct script_call *call = line->call;
    char usage[256];

    if ((!call->any_number && line->n_numbers < call->numbers) ||
        (call->needs_word && line->n_words == 0 && line->n_numbers == 0) ||
        (call->names_pod && !line->pod))
        return script_wrong(reader, "'%s' has too few arguments, right would be: %s", line->text,
                            script_usage(call, usage, sizeof(usage)));
    return 0;
}

static int script_take_end(struct script_reader *reader, const char *word)
{
    if (strcmp(word, "c") != 0 && strcmp(word, "s") != 0)
        return script_wrong(reader, "'%.40s' is no end, must be c (the client) or s (the server)",
                            word);
    reader->line->end = *word == 'c' ? SCRIPT_CLIENT : SCRIPT_SERVER;
    return 0;
}

/* The word of the call: what says who makes it is taken before. */
static const char *script_take_by(struct script_reader *reader)
{
    const char *word = script_word(reader);

    if (word && strcmp(word, "fork") == 0) {
        reader->line->by = SCRIPT_BY_CHILD;
        return script_word(reader);
    }
    if (word && strcmp(word, "pass") == 0) {
        reader->line->by = SCRIPT_BY_OTHER;
        reader->line->pod = script_word(reader);
        return reader->line->pod ? script_word(reader) : NULL;
    }
    return word;
}

static int script_take_call(struct script_reader *reader)
{
    const char *word = script_take_by(reader);
    _cleanup_free_ char *names = NULL;

    if (!word)
        return script_wrong(reader, "'%s' names no call", reader->line->text);
    reader->line->call = reader->calls->find(word);
    if (reader->line->call)
        return 0;
    names = reader->calls->names();
    return script_wrong(reader, "no call '%.40s'; there are: %s", word, names ? names : "?");
}

static int script_take_arguments(struct script_reader *reader)
{
    const char *word;
    int r = 0;

    while (r == 0 && (word = script_word(reader))) {
        if (strcmp(word, "&") != 0)
            r = script_take_argument(reader, word);
        else if (reader->line->by == SCRIPT_BY_PLAYER && !script_word(reader))
            reader->line->by = SCRIPT_BY_THREAD;
        else
            r = script_wrong(reader, "'&' must be the last word, and of a call by the player");
    }
    return r < 0 ? r : script_check_arguments(reader);
}

/* Cuts the blanks at both ends. */
static char *script_trim(char *text)
{
    size_t length;

    text += strspn(text, SCRIPT_BLANK);
    length = strlen(text);
    while (length > 0 && strchr(SCRIPT_BLANK "\n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static int script_read_line(struct script_reader *reader, char *text)
{
    char *arrow = strstr(text, "->");
    const char *word;
    int r;

    if (arrow) {
        *arrow = '\0';
        reader->line->expected = script_trim(arrow + 2);
    }
    text = script_trim(text);
    reader->line->number = reader->number;
    reader->line->text = strdup(text);
    if (!reader->line->text)
        return err_r(ENOMEM, "cannot read '%s'", reader->file);
    word = strtok_r(text, SCRIPT_BLANK, &reader->rest);
    if (!word)
        return script_wrong(reader, "an answer is expected, and there is no call");
    r = script_take_end(reader, word);
    if (r < 0)
        return r;
    r = script_take_call(reader);
    return r < 0 ? r : script_take_arguments(reader);
}

static int script_add(const struct script_calls *calls, struct script *script, size_t number,
                      const char *text)
{
    struct script_reader reader = {.file = script->file, .number = number, .calls = calls};

    if (script->n == SCRIPT_LINES_MAX)
        return script_wrong(&reader, "more than %d calls", SCRIPT_LINES_MAX);
    reader.line = &script->lines[script->n++];
    reader.line->parts = strdup(text);
    if (!reader.line->parts)
        return err_r(ENOMEM, "cannot read '%s'", script->file);
    return script_read_line(&reader, reader.line->parts);
}

static int script_read_all(FILE *file, const struct script_calls *calls, struct script *script)
{
    _cleanup_free_ char *text = NULL;
    size_t size = 0, number = 0, all = 0;
    ssize_t n;
    int r = 0;

    while (r == 0 && (n = getline(&text, &size, file)) >= 0) {
        number++;
        all += (size_t)n;
        if (all > SCRIPT_FILE_MAX || strlen(text) != (size_t)n)
            return err_say(EINVAL, "%s:%zu: no script: %s", script->file, number,
                           all > SCRIPT_FILE_MAX ? "more than 64 KiB" : "a NUL byte");
        text[strcspn(text, "#\n")] = '\0';
        if (*script_trim(text))
            r = script_add(calls, script, number, text);
    }
    if (r == 0 && ferror(file))
        return err_r(errno, "cannot read '%s'", script->file);
    if (r == 0 && script->n == 0)
        return err_say(EINVAL, "%s:1: no call is found, must be lines as `c send 11`",
                       script->file);
    return r;
}

int script_read(const char *file, const struct script_calls *calls, struct script *out)
{
    _cleanup_(script_release) struct script script = {.file = file};
    _cleanup_fclose_ FILE *stream = fopen(file, "re");
    int r;

    if (!stream)
        return err_r(errno, "cannot read '%s'", file);
    script.lines = calloc(SCRIPT_LINES_MAX, sizeof(*script.lines));
    if (!script.lines)
        return err_r(ENOMEM, "cannot read '%s'", file);
    r = script_read_all(stream, calls, &script);
    if (r < 0)
        return r;
    *out = script;
    script.lines = NULL;
    script.n = 0;
    return 0;
}

void script_release(struct script *script)
{
    for (size_t i = 0; i < script->n; i++) {
        free(script->lines[i].text);
        free(script->lines[i].parts);
    }
    free(script->lines);
    *script = (struct script){0};
}

bool script_line_has(const struct script_line *line, const char *word)
{
    for (size_t i = 0; i < line->n_words; i++) {
        if (strcmp(line->words[i], word) == 0)
            return true;
    }
    return false;
}
