// SPDX-License-Identifier: Apache-2.0
#include "select/bats_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

#define BATS_BLANK " \t"

struct bats_reader {
    const char *path;
    struct bats_file *file;
    unsigned line;
    struct strings file_tags, test_tags;
    bool mistaken;
};

static int bats_no_memory(const char *path)
{
    return err_r(ENOMEM, "cannot read '%s'", path);
}

/* Reading goes on, so that all of them are said. */
static int bats_mistake(struct bats_reader *reader, unsigned line, const char *what)
{
    reader->mistaken = true;
    err_say(EINVAL, "%s:%u: %s", reader->path, line, what);
    return 0;
}

/* ---- tags ---- */

static bool bats_is_tag(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)word[i]) && !strchr("-_:", word[i]))
            return false;
    return length > 0;
}

/* The words of "a, b"; one that is none is a mistake. */
static int bats_take_tags(struct bats_reader *reader, const char *text, struct strings *out)
{
    strings_clear(out);
    while (text[strspn(text, " ")]) {
        size_t length;

        text += strspn(text, " ");
        length = strcspn(text, " ,");
        if (!bats_is_tag(text, length))
            break;
        if (strings_take(out, strndup(text, length)) < 0)
            return bats_no_memory(reader->path);
        text += length + strspn(text + length, " ");
        if (!*text)
            return 0;
        if (*text++ != ',' || !*text)
            break;
    }
    if (!text[strspn(text, " ")] && out->n == 0)
        return 0;
    return bats_mistake(reader, reader->line,
                        "tags are words of letters, digits, -, _ and :, with commas in between");
}

/* `# bats file_tags=a,b`; of other comments nothing is taken. */
static int bats_comment(struct bats_reader *reader, const char *line)
{
    line += strspn(line, BATS_BLANK);
    if (*line != '#')
        return 0;
    line += 1 + strspn(line + 1, BATS_BLANK);
    if (strncmp(line, "bats", 4) != 0 || !line[4] || !strchr(BATS_BLANK, line[4]))
        return 0;
    line += 4 + strspn(line + 4, BATS_BLANK);
    if (strncmp(line, "test_tags=", 10) == 0)
        return bats_take_tags(reader, line + 10, &reader->test_tags);
    if (strncmp(line, "file_tags=", 10) == 0)
        return bats_take_tags(reader, line + 10, &reader->file_tags);
    if (strcspn(line, "=") < strcspn(line, BATS_BLANK))
        return bats_mistake(reader, reader->line, "bats knows test_tags= and file_tags= only");
    return 0;
}

/* ---- tests ---- */

/* What stands between `@test` and the last `{` that has a blank in front of it, as bats looks for
 * it; 0 when there is no such `{`, or nothing in front of it. */
static size_t bats_name_length(const char *text)
{
    for (size_t i = strlen(text); i-- > 1;) {
        if (text[i] != '{' || !strchr(BATS_BLANK, text[i - 1]))
            continue;
        while (i > 0 && strchr(BATS_BLANK, text[i - 1]))
            i--;
        return i;
    }
    return 0;
}

/* Why bats would see another name than is written there; NULL when it would not. `text` is what was
 * in front of the `{`. */
static const char *bats_name_mistake(const char *text, size_t length)
{
    if (length < 3 || !strchr("'\"", text[0]) || text[length - 1] != text[0])
        return "a test is written @test \"NAME\" {, and the rest of the line has no ` {`";
    for (size_t i = 1; i + 1 < length; i++) {
        if (strchr("\"$`\\", text[i]) || text[i] == text[0])
            return "bats takes a test's name as shell text: it can have no \", $, ` or \\, nor its "
                   "own quote";
        if (iscntrl((unsigned char)text[i]))
            return "a test's name has a control character in it";
    }
    if (text[1] == ' ' || text[length - 2] == ' ')
        return "a test's name begins or ends with a blank";
    return NULL;
}

static int bats_add_tags(struct bats_test *test, const struct strings *tags)
{
    for (size_t i = 0; i < tags->n; i++)
        if (strings_add(&test->tags, tags->items[i]) < 0)
            return -ENOMEM;
    return 0;
}

static int bats_add_test(struct bats_reader *reader, const char *name, size_t length)
{
    struct bats_file *file = reader->file;
    struct bats_test *tests = reallocarray(file->tests, file->n_tests + 1, sizeof(*tests));
    struct bats_test *test;

    if (!tests)
        return bats_no_memory(reader->path);
    file->tests = tests;
    test = &tests[file->n_tests++];
    *test = (struct bats_test){.line = reader->line, .name = strndup(name, length)};
    if (!test->name || bats_add_tags(test, &reader->file_tags) < 0 ||
        bats_add_tags(test, &reader->test_tags) < 0)
        return bats_no_memory(reader->path);
    return 0;
}

/* `text` is what follows `@test`. */
static int bats_take_test(struct bats_reader *reader, const char *text)
{
    size_t length;
    const char *mistake;
    int r;

    text += strspn(text, BATS_BLANK);
    length = bats_name_length(text);
    if (length == 0)
        return bats_mistake(reader, reader->line,
                            "the ` {` of a test must stand in the line of its @test");
    mistake = bats_name_mistake(text, length);
    if (mistake)
        return bats_mistake(reader, reader->line, mistake);
    r = bats_add_test(reader, text + 1, length - 2);
    strings_clear(&reader->test_tags);
    return r;
}

/* bats also takes `function NAME { #@test`, and sees a test in `{ # @test` at the end of any line.
 */
static bool bats_is_function(const char *line)
{
    static const char word[] = "@test";
    size_t length = strlen(line);

    while (length > 0 && strchr(BATS_BLANK, line[length - 1]))
        length--;
    if (length < strlen(word) || strncmp(line + length - strlen(word), word, strlen(word)) != 0)
        return false;
    length -= strlen(word);
    while (length > 0 && strchr(BATS_BLANK, line[length - 1]))
        length--;
    if (length == 0 || line[--length] != '#')
        return false;
    while (length > 0 && strchr(BATS_BLANK, line[length - 1]))
        length--;
    return length > 0 && line[length - 1] == '{';
}

static int bats_take_line(struct bats_reader *reader, const char *line)
{
    static const char word[] = "@test";
    const char *text = line + strspn(line, BATS_BLANK);

    if (strncmp(text, word, strlen(word)) == 0)
        return bats_take_test(reader, text + strlen(word));
    if (bats_is_function(line))
        return bats_mistake(reader, reader->line, "write @test \"NAME\" {, not `{ #@test`");
    return bats_comment(reader, line);
}

/* ---- the file ---- */

/* bats leaves out carriage returns, wherever they stand. */
static void bats_strip_line(char *line)
{
    char *out = line;

    for (const char *in = line; *in && *in != '\n'; in++)
        if (*in != '\r')
            *out++ = *in;
    *out = '\0';
}

static int bats_read_lines(struct bats_reader *reader)
{
    _cleanup_fclose_ FILE *file = fopen(reader->path, "re");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    if (!file)
        return err_r(errno, "cannot open '%s'", reader->path);
    while (getline(&line, &size, file) >= 0) {
        int r;

        reader->line++;
        bats_strip_line(line);
        r = bats_take_line(reader, line);
        if (r < 0)
            return r;
    }
    return ferror(file) ? err_r(errno, "cannot read '%s'", reader->path) : 0;
}

/* The name of the function that bats makes of a test: `-` and the code for what is no letter or
 * digit. Names of letters, digits, blanks, _ and - are a case of their own there, in which _
 * becomes -2d5f. Characters beyond ASCII stay: they are told apart as they are. */
static char *bats_function_name(const char *name)
{
    bool simple =
        !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                           " _-")];
    char *out = malloc(5 * strlen(name) + 1);
    size_t used = 0;

    for (; out && *name; name++) {
        unsigned char c = (unsigned char)*name;

        if (c == ' ')
            out[used++] = '_';
        else if (c >= 0x80 || isalnum(c))
            out[used++] = (char)c;
        else
            used += (size_t)sprintf(out + used, simple && c == '_' ? "-2d5f" : "-%02x", c);
    }
    if (out)
        out[used] = '\0';
    return out;
}

static int bats_compare_tests(struct bats_reader *reader, const struct bats_test *a,
                              const struct bats_test *b)
{
    _cleanup_free_ char *one = bats_function_name(a->name), *other = bats_function_name(b->name);
    _cleanup_free_ char *what = NULL;

    if (!one || !other)
        return bats_no_memory(reader->path);
    if (strcmp(one, other) != 0)
        return 0;
    if (text_format(&what, "bats cannot tell this test from the one in line %u: '%s'", a->line,
                    b->name) < 0)
        return -ENOMEM;
    return bats_mistake(reader, b->line, what);
}

static int bats_find_doubles(struct bats_reader *reader)
{
    const struct bats_file *file = reader->file;

    for (size_t i = 1; i < file->n_tests; i++) {
        for (size_t k = 0; k < i; k++) {
            int r = bats_compare_tests(reader, &file->tests[k], &file->tests[i]);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

int bats_file_read(const char *path, struct bats_file *out)
{
    struct bats_reader reader = {.path = path, .file = out};
    int r = bats_read_lines(&reader);

    strings_clear(&reader.file_tags);
    strings_clear(&reader.test_tags);
    if (r < 0)
        return r;
    r = bats_find_doubles(&reader);
    if (r < 0)
        return r;
    if (out->n_tests == 0 && !reader.mistaken)
        return err_say(EINVAL, "%s: there is no test in it", path);
    return reader.mistaken ? -EINVAL : 0;
}

void bats_file_clear(struct bats_file *file)
{
    for (size_t i = 0; i < file->n_tests; i++) {
        free(file->tests[i].name);
        strings_clear(&file->tests[i].tags);
    }
    free(file->tests);
    *file = (struct bats_file){0};
}
