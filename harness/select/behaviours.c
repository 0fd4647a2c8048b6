// SPDX-License-Identifier: Apache-2.0
/* Which behaviours of the contract the selected tests name. */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "select/select.h"

struct behaviour {
    char id[16];
    size_t tests, runs; /* a test in two families is two runs */
    struct strings files;
};

struct behaviours {
    struct behaviour *items;
    size_t n;
};

static int behaviours_no_memory(void)
{
    return err_r(ENOMEM, "cannot count the behaviours");
}

static void behaviours_clear(struct behaviours *all)
{
    for (size_t i = 0; i < all->n; i++)
        strings_clear(&all->items[i].files);
    free(all->items);
}

/* ---- the contract ---- */

/* The length of an ID, "CN-17", at the beginning of `text`; 0 when there is none. */
static size_t behaviours_id_length(const char *text)
{
    size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    if (letters == 0 || text[letters] != '-' || !isdigit((unsigned char)text[letters + 1]))
        return 0;
    return letters + 1 + strspn(text + letters + 1, "0123456789");
}

/* "| CN-17 | ..." is a row of the contract. */
static int behaviours_row(struct behaviours *all, const char *line)
{
    size_t length = strncmp(line, "| ", 2) == 0 ? behaviours_id_length(line + 2) : 0;
    struct behaviour *items;

    if (length == 0 || length >= sizeof(items->id) || strncmp(line + 2 + length, " |", 2) != 0)
        return 0;
    items = reallocarray(all->items, all->n + 1, sizeof(*items));
    if (!items)
        return behaviours_no_memory();
    all->items = items;
    items[all->n] = (struct behaviour){0};
    memcpy(items[all->n++].id, line + 2, length);
    return 0;
}

static int behaviours_read_page(const char *page, struct behaviours *all)
{
    _cleanup_fclose_ FILE *file = fopen(page, "re");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    if (!file)
        return err_r(errno, "cannot open '%s'", page);
    while (getline(&line, &size, file) >= 0) {
        int r = behaviours_row(all, line);

        if (r < 0)
            return r;
    }
    return 0;
}

static int behaviours_read(const char *pages, struct behaviours *all)
{
    _cleanup_(globfree) glob_t found = {0};
    int r = glob(pages, 0, NULL, &found);

    if (r != 0)
        return err_r(r == GLOB_NOSPACE ? ENOMEM : ENOENT, "cannot find '%s'", pages);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        r = behaviours_read_page(found.gl_pathv[i], all);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the tests ---- */

static struct behaviour *behaviours_find(const struct behaviours *all, const char *id,
                                         size_t length)
{
    for (size_t i = 0; i < all->n; i++)
        if (strncmp(all->items[i].id, id, length) == 0 && !all->items[i].id[length])
            return &all->items[i];
    return NULL;
}

/* The tests come file by file. */
static int behaviours_add_file(struct behaviour *behaviour, const char *file)
{
    struct strings *files = &behaviour->files;

    if (files->n > 0 && strcmp(files->items[files->n - 1], file) == 0)
        return 0;
    return strings_add(files, file) < 0 ? behaviours_no_memory() : 0;
}

/* Did the name have this ID before `at`? */
static bool behaviours_seen(const char *name, const char *at, size_t length)
{
    for (const char *before = name; before < at;) {
        size_t other = behaviours_id_length(before);

        if (other == length && strncmp(before, at, length) == 0)
            return true;
        before += other ? other : 1;
    }
    return false;
}

static int behaviours_count(const struct behaviours *all, const struct select_test *test)
{
    for (const char *at = test->name; *at;) {
        size_t length = behaviours_id_length(at);
        struct behaviour *behaviour = length ? behaviours_find(all, at, length) : NULL;

        if (behaviour && !behaviours_seen(test->name, at, length)) {
            behaviour->tests++;
            behaviour->runs += (size_t)__builtin_popcount(test->selected_in);
            if (behaviours_add_file(behaviour, test->file) < 0)
                return -ENOMEM;
        }
        at += length ? length : 1;
    }
    return 0;
}

static int behaviours_count_all(const struct behaviours *all, const struct selection *selection)
{
    for (size_t i = 0; i < selection->n_tests; i++) {
        const struct select_test *test = &selection->tests[i];

        /* Tests of the helpers talk of behaviours and test none. */
        if (test->selected_in && *test->file != '9' && behaviours_count(all, test) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* ---- the table ---- */

static int behaviours_print_row(const struct behaviour *behaviour, FILE *out)
{
    _cleanup_free_ char *files = strings_join(&behaviour->files, " ");

    if (!files)
        return behaviours_no_memory();
    fprintf(out, "%-6s %5zu %5zu  %s\n", behaviour->id, behaviour->tests, behaviour->runs,
            *files ? files : "none");
    return 0;
}

static void behaviours_print_sum(const struct behaviours *all, size_t untested, FILE *out)
{
    fprintf(out, "%zu behaviours, %zu tested, %zu without a test%s", all->n, all->n - untested,
            untested, untested ? ":" : "");
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].tests == 0)
            fprintf(out, " %s", all->items[i].id);
    putc('\n', out);
}

static int behaviours_print(const struct behaviours *all, FILE *out)
{
    size_t untested = 0;

    fprintf(out, "%-6s %5s %5s  %s\n", "ID", "TESTS", "RUNS", "FILES");
    for (size_t i = 0; i < all->n; i++) {
        if (behaviours_print_row(&all->items[i], out) < 0)
            return -ENOMEM;
        untested += all->items[i].tests == 0;
    }
    behaviours_print_sum(all, untested, out);
    return untested > 0 || all->n == 0;
}

int select_print_behaviours(const struct selection *selection, const char *pages, FILE *out)
{
    _cleanup_(behaviours_clear) struct behaviours all = {0};
    int r = behaviours_read(pages, &all);

    if (r < 0)
        return r;
    r = behaviours_count_all(&all, selection);
    if (r < 0)
        return r;
    return behaviours_print(&all, out);
}
