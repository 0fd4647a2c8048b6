// SPDX-License-Identifier: Apache-2.0
#include "report/expect_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "report/families.h"

#define EXPECT_FIELDS 5

enum { EXPECT_ID, EXPECT_TEST, EXPECT_REASON, EXPECT_LINK, EXPECT_EXPIRY };

static char *expect_trim(char *text)
{
    size_t length;

    text += strspn(text, " \t");
    length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

/* Splits at `|`; returns how many fields there are, also when those are too many to be kept. */
static size_t expect_split(char *text, char *fields[EXPECT_FIELDS])
{
    size_t n = 0;

    for (char *at = text, *end; at; at = end) {
        end = strchr(at, '|');
        if (end)
            *end++ = '\0';
        if (n < EXPECT_FIELDS)
            fields[n] = expect_trim(at);
        n++;
    }
    return n;
}

/* Cuts " [v4 v6]" off the end of a test's name; returns what stood in it. Brackets
 * with anything else in them belong to the name. */
static unsigned expect_cut_families(char *test)
{
    char *open = strrchr(test, '['), *close = open ? strchr(open, ']') : NULL;
    unsigned families = 0;

    if (!close || open == test || open[-1] != ' ' || close[1])
        return 0;
    *close = '\0';
    if (families_parse(open + 1, &families) < 0 || families == 0) {
        *close = ']';
        return 0;
    }
    *open = '\0';
    expect_trim(test);
    return families;
}

static bool expect_is_date(const char *text)
{
    struct tm tm = {.tm_hour = 12}, normal;
    char back[16] = "", *end = strptime(text, "%Y-%m-%d", &tm);

    if (!end || *end != '\0')
        return false;
    normal = tm;
    timegm(&normal);
    strftime(back, sizeof(back), "%Y-%m-%d", &normal);
    return strcmp(back, text) == 0;
}

/* What is wrong with the fields; NULL when nothing is. `test` is what stands behind the file. */
static const char *expect_mistake(char *const fields[EXPECT_FIELDS], const char *test)
{
    size_t id = strlen(fields[EXPECT_ID]);

    if (id == 0 || strchr(fields[EXPECT_ID], ' '))
        return "the ID must be one word: a row of the contract, or -";
    if (!*fields[EXPECT_TEST] || !*test)
        return "the test must be FILE: NAME, as a run prints it";
    if (strcmp(fields[EXPECT_ID], "-") != 0 &&
        (strncmp(test, fields[EXPECT_ID], id) != 0 || test[id] != ' '))
        return "the test's name must begin with the ID";
    if (!*fields[EXPECT_REASON])
        return "there is no reason";
    if (!*fields[EXPECT_LINK] || strchr(fields[EXPECT_LINK], ' '))
        return "the link must be one word";
    if (!expect_is_date(fields[EXPECT_EXPIRY]))
        return "the expiry must be a date, YYYY-MM-DD";
    return NULL;
}

/* "220-ways.bats: TL-2 x": cut off at the colon; returns the test's name. */
static char *expect_cut_file(char *field)
{
    static const char suffix[] = ".bats";
    char *colon = strchr(field, ':');
    size_t length = colon ? (size_t)(colon - field) : 0;

    if (!colon)
        return field + strlen(field);
    *colon = '\0';
    if (length > strlen(suffix) && strcmp(colon - strlen(suffix), suffix) == 0)
        *(colon - strlen(suffix)) = '\0';
    return expect_trim(colon + 1);
}

static int expect_keep(char *const fields[EXPECT_FIELDS], const char *test, unsigned families,
                       struct expect_line *line)
{
    line->id = strdup(fields[EXPECT_ID]);
    line->file = strdup(fields[EXPECT_TEST]);
    line->test = strdup(test);
    line->families = families;
    line->reason = strdup(fields[EXPECT_REASON]);
    line->link = strdup(fields[EXPECT_LINK]);
    line->expiry = strdup(fields[EXPECT_EXPIRY]);
    if (line->id && line->file && line->test && line->reason && line->link && line->expiry)
        return 0;
    expect_line_free(line);
    return err_r(ENOMEM, "cannot read the expectations");
}

int expect_line_parse(char *text, const char *path, struct expect_line *line)
{
    char *fields[EXPECT_FIELDS], *test;
    const char *mistake;
    unsigned families;
    size_t n;

    text = expect_trim(text);
    if (*text == '\0' || *text == '#')
        return 0;
    n = expect_split(text, fields);
    if (n != EXPECT_FIELDS)
        return err_say(EINVAL,
                       "%s:%zu: has %zu fields, must have %d: ID | FILE: TEST [FAMILIES] | REASON "
                       "| LINK | YYYY-MM-DD",
                       path, line->number, n, EXPECT_FIELDS);
    test = expect_cut_file(fields[EXPECT_TEST]);
    families = expect_cut_families(test);
    mistake = expect_mistake(fields, test);
    if (mistake)
        return err_say(EINVAL, "%s:%zu: %s", path, line->number, mistake);
    return expect_keep(fields, test, families, line);
}

void expect_line_free(struct expect_line *line)
{
    free(line->id);
    free(line->file);
    free(line->test);
    free(line->reason);
    free(line->link);
    free(line->expiry);
    *line = (struct expect_line){};
}
