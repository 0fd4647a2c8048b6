// SPDX-License-Identifier: Apache-2.0
#include "select/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/families.h"
#include "select/jobs.h"
#include "select/read.h"
#include "select/tags.h"

#define SELECT_SHARDS_MAX 999

/* What was chosen so far. A test's families are in its `selected_in`. */
struct select_choice {
    const struct select_request *request;
    struct selection *selection;
    bool *whole; /* by file: no single tests of it were asked for */
};

static int select_no_memory(void)
{
    return err_r(ENOMEM, "cannot select tests");
}

/* ---- patterns ---- */

static bool select_files_with(const struct select_choice *choice, const char *pattern)
{
    bool found = false;

    for (size_t i = 0; i < choice->selection->files.n; i++) {
        if (!strstr(choice->selection->files.items[i], pattern))
            continue;
        choice->whole[i] = true;
        found = true;
    }
    return found;
}

static bool select_tests_with(const struct select_choice *choice, const char *pattern)
{
    bool found = false;

    for (size_t i = 0; i < choice->selection->n_tests; i++) {
        struct select_test *test = &choice->selection->tests[i];

        if (!strstr(test->name, pattern))
            continue;
        test->selected_in = test->runs_in;
        found = true;
    }
    return found;
}

/* The tests of the files that were chosen as a whole; both are in the same order. */
static void select_whole_files(const struct select_choice *choice)
{
    struct selection *selection = choice->selection;
    size_t file = 0;

    for (size_t i = 0; i < selection->n_tests; i++) {
        struct select_test *test = &selection->tests[i];

        while (selection->files.items[file] != test->file)
            file++;
        if (choice->whole[file])
            test->selected_in = test->runs_in;
    }
}

static int select_by_patterns(const struct select_choice *choice)
{
    const char *const *pattern = choice->request->patterns;

    if (!pattern || !*pattern)
        memset(choice->whole, true, choice->selection->files.n);
    for (; pattern && *pattern; pattern++)
        if (!**pattern ||
            (!select_files_with(choice, *pattern) && !select_tests_with(choice, *pattern)))
            return err_say(EINVAL, "no test matches '%s'; see ./run.sh suite --list", *pattern);
    select_whole_files(choice);
    return 0;
}

/* ---- what failed last time ---- */

static const struct select_test *select_find_test(const struct selection *selection,
                                                  const struct last_failed_test *failed)
{
    for (size_t i = 0; i < selection->n_tests; i++)
        if (strcmp(selection->tests[i].file, failed->file) == 0 &&
            strcmp(selection->tests[i].name, failed->test) == 0)
            return &selection->tests[i];
    return NULL;
}

/* A name that no test has stands for its file: bats' own "setup_file failed", or no result at all.
 */
static bool select_is_failed(const struct selection *selection, const struct select_test *test,
                             const struct last_failed_test *failed)
{
    const struct select_test *named;

    if (strcmp(failed->file, test->file) != 0)
        return false;
    named = select_find_test(selection, failed);
    return !named || named == test;
}

static unsigned select_failed_families(const struct selection *selection,
                                       const struct select_test *test,
                                       const struct last_failed *list)
{
    unsigned families = 0;

    for (size_t i = 0; i < list->n; i++) {
        enum family family;

        if (select_is_failed(selection, test, &list->items[i]) &&
            family_from_name(list->items[i].family, &family) == 0)
            families |= families_bit(family);
    }
    return families;
}

static int select_by_failed(const struct select_choice *choice)
{
    const struct last_failed *list = choice->request->failed;
    struct selection *selection = choice->selection;

    if (!list)
        return 0;
    if (list->n == 0)
        return err_say(EINVAL, "nothing failed last time");
    memset(choice->whole, false, selection->files.n);
    for (size_t i = 0; i < selection->n_tests; i++)
        selection->tests[i].selected_in &=
            select_failed_families(selection, &selection->tests[i], list);
    return 0;
}

/* ---- families ---- */

static void select_by_families(const struct select_choice *choice)
{
    for (size_t i = 0; choice->request->families && i < choice->selection->n_tests; i++)
        choice->selection->tests[i].selected_in &= choice->request->families;
}

/* ---- all of it ---- */

static int select_choose(const struct select_choice *choice)
{
    bool left_out = false;
    int r = select_by_patterns(choice);

    if (r < 0)
        return r;
    r = select_by_failed(choice);
    if (r < 0)
        return r;
    r = select_by_tags(choice->selection, choice->request->tags);
    if (r < 0)
        return r;
    select_by_families(choice);
    if (!choice->request->with_long && !choice->request->failed)
        left_out = select_without_long(choice->selection, choice->request->tags);
    r = select_jobs(choice->selection, choice->whole);
    if (r < 0)
        return r;
    if (choice->selection->n_jobs > 0)
        return 0;
    return err_say(EINVAL, "no test matches%s",
                   left_out ? " but what is tagged long: give --long" : "");
}

static int select_schedule(const struct select_request *request, struct selection *selection)
{
    _cleanup_(durations_clear) struct durations here = {0}, times = {0};
    int r = durations_read(request->shard_times, &times);

    if (r < 0)
        return r;
    r = durations_read(request->durations, &here);
    if (r < 0)
        return r;
    if (request->shards > 0) {
        r = select_cut_shard(selection, &times, request->shard, request->shards);
        if (r < 0)
            return r;
    }
    select_order(selection, &here, &times);
    return 0;
}

int select_tests(const struct select_request *request, struct selection **out)
{
    _cleanup_(select_free) struct selection *selection = calloc(1, sizeof(*selection));
    _cleanup_free_ bool *whole = NULL;
    struct select_choice choice = {.request = request, .selection = selection};
    int r;

    if (!selection)
        return select_no_memory();
    r = select_read(request->directory, selection);
    if (r < 0)
        return r;
    choice.whole = whole = calloc(selection->files.n + 1, sizeof(*whole));
    if (!whole)
        return select_no_memory();
    r = select_choose(&choice);
    if (r < 0)
        return r;
    r = select_schedule(request, selection);
    if (r < 0)
        return r;
    *out = TAKE_PTR(selection);
    return 0;
}

int select_parse_shard(const char *text, unsigned *shard, unsigned *shards)
{
    unsigned k = 0, n = 0;
    int end = -1;

    if (text[strspn(text, "0123456789/")] || *text == '0' || strstr(text, "/0") ||
        sscanf(text, "%4u/%4u%n", &k, &n, &end) != 2 || text[end] || k < 1 || k > n ||
        n > SELECT_SHARDS_MAX)
        return err_say(EINVAL, "--shard takes K/N with K from 1 to N, not '%s'", text);
    *shard = k;
    *shards = n;
    return 0;
}
