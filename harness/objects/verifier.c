// SPDX-License-Identifier: Apache-2.0
#include "objects/verifier.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

#define VERIFIER_INSTRUCTIONS 5
#define VERIFIER_LINE_MAX     200
#define VERIFIER_KEEP_MAX     (1024 * 1024)
#define VERIFIER_KEEP_HEAD    (64 * 1024)

/* ---- lines ---- */

static bool verifier_starts(const char *line, const char *start)
{
    return strncmp(line, start, strlen(start)) == 0;
}

/* Statistics stand at the end, states behind what the verifier says of a loop. */
static bool verifier_is_statistic(const char *line)
{
    static const char *const starts[] = {"processed ", "verification time ", "stack depth ",
                                         "cur state:", "old state:",         "\n"};

    for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
        if (verifier_starts(line, starts[i]))
            return true;
    return *line == '\0';
}

/* "12: (71) r0 = *(u8 *)(r0 +4)" */
static bool verifier_is_instruction(const char *line)
{
    size_t digits = strspn(line, "0123456789");

    return digits > 0 && verifier_starts(line + digits, ": (") &&
           isxdigit((unsigned char)line[digits + 3]);
}

/* "; return service[4]; @ refused.bpf.c:13", before Linux 6.9 without the place. */
static bool verifier_is_source(const char *line)
{
    return verifier_starts(line, "; ");
}

const char *verifier_sentence(const char *log, size_t *length)
{
    const char *sentence = NULL;

    for (const char *line = log; line && *line;) {
        const char *end = strchrnul(line, '\n');

        if (!verifier_is_statistic(line)) {
            sentence = line;
            *length = (size_t)(end - line);
        }
        line = *end ? end + 1 : end;
    }
    return sentence;
}

/* ---- the explanation ---- */

struct verifier_context {
    const char *source;
    const char *instructions[VERIFIER_INSTRUCTIONS]; /* the latest last */
};

/* What stands nearest in front of the sentence. */
static struct verifier_context verifier_context(const char *log, const char *sentence)
{
    struct verifier_context c = {};

    for (const char *line = log; line < sentence; line = strchrnul(line, '\n') + 1) {
        if (verifier_is_source(line))
            c.source = line;
        if (!verifier_is_instruction(line))
            continue;
        memmove(c.instructions, c.instructions + 1,
                sizeof(c.instructions) - sizeof(c.instructions[0]));
        c.instructions[VERIFIER_INSTRUCTIONS - 1] = line;
    }
    return c;
}

static void verifier_print_line(FILE *out, const char *line)
{
    size_t length = strcspn(line, "\n");

    if (length > VERIFIER_LINE_MAX)
        fprintf(out, "\n    %.*s...", VERIFIER_LINE_MAX, line);
    else
        fprintf(out, "\n    %.*s", (int)length, line);
}

/* "; TEXT @ FILE:LINE" as "at FILE:LINE: TEXT". */
static void verifier_print_source(FILE *out, const char *line)
{
    _cleanup_free_ char *text = strndup(line + 2, strcspn(line + 2, "\n"));
    char *at = text ? strrchr(text, '@') : NULL;

    if (!text)
        return;
    if (!at || at == text || at[-1] != ' ' || at[1] != ' ') {
        fprintf(out, "\n    at: %s", text);
        return;
    }
    at[-1] = '\0';
    fprintf(out, "\n    at %s: %s", at + 2, text);
}

char *verifier_explain(const char *log)
{
    size_t length = 0, size;
    const char *sentence = verifier_sentence(log, &length);
    struct verifier_context c;
    char *text = NULL;
    FILE *out;

    if (!sentence)
        return strdup("");
    out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    c = verifier_context(log, sentence);
    fprintf(out, "%.*s", (int)length, sentence);
    if (c.source)
        verifier_print_source(out, c.source);
    for (size_t i = 0; i < VERIFIER_INSTRUCTIONS; i++)
        if (c.instructions[i])
            verifier_print_line(out, c.instructions[i]);
    return fclose(out) == 0 ? text : NULL;
}

/* ---- the whole log ---- */

static int verifier_path(const char *dir, const char *program, char **out)
{
    const char *results = getenv("WAYPOST_RESULTS"), *lab = strrchr(dir, '/');

    if (results && *results)
        return text_format(out, "%s/%s.verifier-%s.log", results, lab ? lab + 1 : dir, program);
    return text_format(out, "%s.verifier-%s.log", dir, program);
}

static void verifier_write(FILE *file, const char *log)
{
    size_t length = strlen(log), tail = VERIFIER_KEEP_MAX - VERIFIER_KEEP_HEAD;

    if (length <= VERIFIER_KEEP_MAX) {
        fputs(log, file);
        return;
    }
    fprintf(file, "%.*s\n... %zu bytes are left out here ...\n", VERIFIER_KEEP_HEAD, log,
            length - VERIFIER_KEEP_MAX);
    fputs(log + length - tail, file);
}

int verifier_save(const char *dir, const char *program, const char *log, char **out)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    int r = verifier_path(dir, program, &path);

    if (r < 0)
        return r;
    file = fopen(path, "we");
    if (file)
        verifier_write(file, log);
    if (!file || ferror(file) || fflush(file) != 0)
        return err_r(errno, "cannot write '%s'", path);
    *out = TAKE_PTR(path);
    return 0;
}
