// SPDX-License-Identifier: Apache-2.0
#include "select/read.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/families.h"
#include "select/bats_file.h"

static int select_no_memory(void)
{
    return err_r(ENOMEM, "cannot read the suites");
}

/* ---- files ---- */

/* Everything that ends so is a suite, or was meant to be one. */
static int select_is_bats(const struct dirent *entry)
{
    static const char suffix[] = ".bats";
    size_t length = strlen(entry->d_name);

    return length >= strlen(suffix) &&
           strcmp(entry->d_name + length - strlen(suffix), suffix) == 0 &&
           strncmp(entry->d_name, "000-", 4) != 0;
}

/* The same on every machine, whatever its locale. */
static int select_compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The name goes into lists with blanks and tabs in between. */
static bool select_is_name(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("-_.", *at))
            return false;
    return isdigit((unsigned char)*name);
}

static int select_add_file(struct selection *selection, const char *directory, const char *name)
{
    char *path = NULL;

    if (strings_take(&selection->files, strndup(name, strlen(name) - strlen(".bats"))) < 0)
        return select_no_memory();
    if (text_format(&path, "%s/%s", directory, name) < 0)
        return -ENOMEM;
    return strings_take(&selection->paths, path) < 0 ? select_no_memory() : 0;
}

static int select_add_name(struct selection *selection, const char *directory, const char *name,
                           bool *mistaken)
{
    if (select_is_name(name))
        return select_add_file(selection, directory, name);
    *mistaken = true;
    err_say(EINVAL,
            "%s/%s: a suite is called NUMBER-NAME.bats, with letters, digits, -, _ and . in it",
            directory, name);
    return 0;
}

static void select_free_entries(struct dirent **entries, int n)
{
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
}

static int select_find_files(const char *directory, struct selection *selection, bool *mistaken)
{
    struct dirent **entries = NULL;
    int n = scandir(directory, &entries, select_is_bats, select_compare_names), r = 0;

    if (n < 0)
        return err_r(errno, "cannot read the suites in '%s'", directory);
    for (int i = 0; i < n && r == 0; i++)
        r = select_add_name(selection, directory, entries[i]->d_name, mistaken);
    select_free_entries(entries, n);
    return r;
}

/* ---- tests ---- */

/* The families that are left to a test with these tags. */
static unsigned select_families(const struct strings *tags)
{
    unsigned set = FAMILIES_ALL;

    if (strings_have(tags, "once"))
        set &= families_bit(FAMILY_V4);
    if (strings_have(tags, "no-v4"))
        set &= ~families_bit(FAMILY_V4);
    if (strings_have(tags, "no-v6"))
        set &= ~families_bit(FAMILY_V6);
    if (strings_have(tags, "no-mapped"))
        set &= ~families_bit(FAMILY_MAPPED);
    return set;
}

/* Takes the test's texts over. */
static int select_add_test(struct selection *selection, size_t file, struct bats_test *from)
{
    struct select_test *tests =
        reallocarray(selection->tests, selection->n_tests + 1, sizeof(*tests));
    unsigned families = select_families(&from->tags);

    if (!tests)
        return select_no_memory();
    selection->tests = tests;
    tests[selection->n_tests++] = (struct select_test){
        .file = selection->files.items[file],
        .line = from->line,
        .runs_in = families,
        .name = TAKE_PTR(from->name),
        .tags = from->tags,
    };
    from->tags = (struct strings){0};
    return 0;
}

static int select_say_no_family(const char *path, const struct bats_test *test)
{
    _cleanup_free_ char *tags = strings_join(&test->tags, ",");

    if (!tags)
        return select_no_memory();
    return err_say(EINVAL,
                   "%s:%u: with the tags %s the test runs neither in v4 nor in v6 nor in mapped",
                   path, test->line, tags);
}

static int select_read_file(struct selection *selection, size_t file)
{
    _cleanup_(bats_file_clear) struct bats_file read = {0};
    const char *path = selection->paths.items[file];
    bool mistaken = false;
    int r = bats_file_read(path, &read);

    if (r < 0)
        return r;
    for (size_t i = 0; i < read.n_tests; i++) {
        if (!select_families(&read.tests[i].tags)) {
            mistaken = true;
            select_say_no_family(path, &read.tests[i]);
            continue;
        }
        r = select_add_test(selection, file, &read.tests[i]);
        if (r < 0)
            return r;
    }
    return mistaken ? -EINVAL : 0;
}

int select_read(const char *directory, struct selection *selection)
{
    bool mistaken = false;
    int r = select_find_files(directory, selection, &mistaken);

    if (r < 0)
        return r;
    for (size_t i = 0; i < selection->files.n; i++) {
        r = select_read_file(selection, i);
        if (r < 0 && r != -EINVAL)
            return r;
        mistaken |= r < 0;
    }
    return mistaken ? -EINVAL : 0;
}
