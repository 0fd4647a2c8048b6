// SPDX-License-Identifier: Apache-2.0
#include "select/tags.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define TAGS_BLANK  " \t"
#define SELECT_LONG "long"

struct tag_filter {
    struct strings with, without;
};

static int tags_no_memory(void)
{
    return err_r(ENOMEM, "cannot select by tags");
}

static void tag_filter_clear(struct tag_filter *filter)
{
    strings_clear(&filter->with);
    strings_clear(&filter->without);
}

/* "a, !b": blanks around a word are none of it. */
static int tag_filter_read(const char *text, struct tag_filter *filter)
{
    while (*(text += strspn(text, TAGS_BLANK ","))) {
        bool without = *text == '!';
        size_t length;

        text += without;
        text += strspn(text, TAGS_BLANK);
        length = strcspn(text, TAGS_BLANK ",");
        if (strings_take(without ? &filter->without : &filter->with, strndup(text, length)) < 0)
            return tags_no_memory();
        text += length;
    }
    return 0;
}

static bool tag_filter_takes(const struct tag_filter *filter, const struct select_test *test)
{
    for (size_t i = 0; i < filter->with.n; i++)
        if (!strings_have(&test->tags, filter->with.items[i]))
            return false;
    for (size_t i = 0; i < filter->without.n; i++)
        if (strings_have(&test->tags, filter->without.items[i]))
            return false;
    return true;
}

/* ---- the tags that there are ---- */

static int tags_add_new(struct strings *tags, const char *tag)
{
    return strings_have(tags, tag) || strings_add(tags, tag) == 0 ? 0 : tags_no_memory();
}

/* Those that a run knows, and those of the tests. */
static int tags_list(const struct selection *selection, struct strings *out)
{
    static const char *const own[] = {"once", "no-v4", "no-v6", "no-mapped", SELECT_LONG};

    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (tags_add_new(out, own[i]) < 0)
            return -ENOMEM;
    for (size_t i = 0; i < selection->n_tests; i++)
        for (size_t k = 0; k < selection->tests[i].tags.n; k++)
            if (tags_add_new(out, selection->tests[i].tags.items[k]) < 0)
                return -ENOMEM;
    strings_sort(out);
    return 0;
}

static int tags_say_unknown(const char *tag, const struct strings *known)
{
    _cleanup_free_ char *list = strings_join(known, ", ");

    if (!list)
        return tags_no_memory();
    return err_say(EINVAL, "no test has the tag '%s'; there are: %s", tag, list);
}

static int tags_check(const struct strings *tags, const struct strings *known)
{
    for (size_t i = 0; i < tags->n; i++)
        if (!strings_have(known, tags->items[i]))
            return tags_say_unknown(tags->items[i], known);
    return 0;
}

/* ---- selecting ---- */

/* Marks the tests that the filter takes. */
static int tags_apply(const struct selection *selection, const char *text,
                      const struct strings *known, bool *taken)
{
    _cleanup_(tag_filter_clear) struct tag_filter filter = {0};
    int r = tag_filter_read(text, &filter);

    if (r < 0)
        return r;
    r = tags_check(&filter.with, known);
    if (r < 0)
        return r;
    r = tags_check(&filter.without, known);
    if (r < 0)
        return r;
    for (size_t i = 0; i < selection->n_tests; i++)
        taken[i] |= tag_filter_takes(&filter, &selection->tests[i]);
    return 0;
}

int select_by_tags(struct selection *selection, const char *const *filters)
{
    _cleanup_strings_ struct strings known = {0};
    _cleanup_free_ bool *taken = NULL;
    int r;

    if (!filters || !*filters)
        return 0;
    r = tags_list(selection, &known);
    if (r < 0)
        return r;
    taken = calloc(selection->n_tests + 1, sizeof(*taken));
    if (!taken)
        return tags_no_memory();
    for (; *filters; filters++) {
        r = tags_apply(selection, *filters, &known, taken);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < selection->n_tests; i++)
        if (!taken[i])
            selection->tests[i].selected_in = 0;
    return 0;
}

static bool tags_ask_for_long(const char *const *filters)
{
    for (; filters && *filters; filters++) {
        _cleanup_(tag_filter_clear) struct tag_filter filter = {0};

        if (tag_filter_read(*filters, &filter) == 0 && strings_have(&filter.with, SELECT_LONG))
            return true;
    }
    return false;
}

bool select_without_long(struct selection *selection, const char *const *filters)
{
    bool left_out = false;

    if (tags_ask_for_long(filters))
        return false;
    for (size_t i = 0; i < selection->n_tests; i++) {
        struct select_test *test = &selection->tests[i];

        if (!test->selected_in || !strings_have(&test->tags, SELECT_LONG))
            continue;
        test->selected_in = 0;
        left_out = true;
    }
    return left_out;
}
