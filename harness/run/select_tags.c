// SPDX-License-Identifier: Apache-2.0
#include "run/select_tags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "run/bats_file.h"

static int select_no_memory(void)
{
    return err_r(ENOMEM, "cannot select by tags");
}

/* The first word of a list "a, !b", without `!` and blanks; moves *list behind it. */
static const char *select_next_tag(const char **list, size_t *length, bool *without)
{
    const char *word = *list + strspn(*list, " \t,");

    *without = *word == '!';
    word += *without;
    word += strspn(word, " \t");
    *length = strcspn(word, " \t,");
    *list = word + *length;
    return *length > 0 ? word : NULL;
}

static bool select_has_all(const struct select_test *test, const char *filter)
{
    const char *word;
    size_t length;
    bool without;

    while ((word = select_next_tag(&filter, &length, &without)))
        if (bats_tags_have(test->tags, word, length) == without)
            return false;
    return true;
}

bool select_has_tags(const struct select_test *test, const char *const *filters)
{
    if (!filters || !*filters)
        return true;
    for (; *filters; filters++)
        if (select_has_all(test, *filters))
            return true;
    return false;
}

static int select_compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The tags of all tests as one list, ",a,b,c,": each as often as there are tests with it. */
static char *select_all_tags(const struct selection *selection)
{
    char *tags = NULL;
    size_t size;
    FILE *out = open_memstream(&tags, &size);

    if (!out)
        return NULL;
    fputs(",once,no-v4,no-v6,no-mapped,", out);
    for (size_t i = 0; i < selection->n_tests; i++)
        fputs(selection->tests[i].tags + 1, out);
    return fclose(out) == 0 ? tags : NULL;
}

/* ",b,a,b," as "a, b". `tags` is changed. */
static int select_sorted_tags(char *tags, char **out)
{
    _cleanup_free_ char **words = calloc(strlen(tags) + 1, sizeof(*words));
    char *rest = NULL;
    size_t n = 0, size;
    FILE *text = words ? open_memstream(out, &size) : NULL;

    if (!text)
        return select_no_memory();
    for (char *word = strtok_r(tags, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        words[n++] = word;
    qsort(words, n, sizeof(*words), select_compare_words);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(words[i], words[i - 1]) != 0)
            fprintf(text, "%s%s", i ? ", " : "", words[i]);
    return fclose(text) == 0 ? 0 : select_no_memory();
}

static int select_unknown_tag(char *tags, const char *word, size_t length)
{
    _cleanup_free_ char *sorted = NULL;
    int r = select_sorted_tags(tags, &sorted);

    return r < 0 ? r
                 : err_say(EINVAL, "no test has the tag '%.*s'; there are: %s", (int)length, word,
                           sorted);
}

static int select_check_filter(char *tags, const char *filter)
{
    const char *word;
    size_t length;
    bool without;

    while ((word = select_next_tag(&filter, &length, &without)))
        if (!bats_tags_have(tags, word, length))
            return select_unknown_tag(tags, word, length);
    return 0;
}

int select_check_tags(const struct selection *selection, const char *const *filters)
{
    _cleanup_free_ char *tags = select_all_tags(selection);

    if (!tags)
        return select_no_memory();
    for (; filters && *filters; filters++) {
        int r = select_check_filter(tags, *filters);

        if (r < 0)
            return r;
    }
    return 0;
}
