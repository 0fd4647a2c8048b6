// SPDX-License-Identifier: Apache-2.0
/* What several runs have in common and what not, for people. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/merge.h"

/* More differences than this are not read by anybody. */
#define MERGE_DIFFERENCES_MAX 200

static int merge_title(const struct merge_column *column, char **out)
{
    bool plain = !*column->accelerator || strcmp(column->accelerator, "none") == 0;
    bool own = !*column->objects || strcmp(column->objects, "suite") == 0;

    if (asprintf(out, "%s%s%s%s%s%s", *column->kernel ? column->kernel : "unknown kernel",
                 plain ? "" : " (", plain ? "" : column->accelerator, plain ? "" : ")",
                 own ? "" : " ", own ? "" : column->objects) < 0)
        return err_r(ENOMEM, "cannot print the matrix");
    return 0;
}

static int merge_print_matrix(const struct merge *merge, FILE *out)
{
    size_t width = strlen("kernel");
    int r = 0;

    for (int pass = 0; r == 0 && pass < 2; pass++) {
        if (pass == 1)
            fprintf(out, "%-*s  passed  failed  skipped\n", (int)width, "kernel");
        for (size_t i = 0; r == 0 && i < merge->n_columns; i++) {
            const struct merge_column *column = &merge->columns[i];
            _cleanup_free_ char *title = NULL;

            r = merge_title(column, &title);
            if (r == 0 && strlen(title) > width)
                width = strlen(title);
            if (r == 0 && pass == 1)
                fprintf(out, "%-*s  %6zu  %6zu  %7zu\n", (int)width, title, column->passed,
                        column->failed, column->skipped);
        }
    }
    return r;
}

static int merge_print_missing(const struct merge *merge, FILE *out)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < merge->n_columns; i++) {
        const struct merge_column *column = &merge->columns[i];
        _cleanup_free_ char *title = NULL;

        r = merge_title(column, &title);
        for (long s = 0; r == 0 && s < column->shards; s++)
            if (!column->there[s])
                fprintf(out, "MISSING shard %ld/%ld of %s\n", s + 1, column->shards, title);
    }
    return r;
}

/* ---- what differs ---- */

/* The columns are sorted: each has a place of its own, and all of them advance by name. */
struct merge_walk {
    const struct merge *merge;
    size_t *at;
    size_t differences;
};

static const struct merge_test *merge_at(const struct merge_walk *walk, size_t column)
{
    const struct merge_column *c = &walk->merge->columns[column];

    return walk->at[column] < c->n_tests ? &c->tests[walk->at[column]] : NULL;
}

static const char *merge_smallest(const struct merge_walk *walk)
{
    const char *smallest = NULL;

    for (size_t i = 0; i < walk->merge->n_columns; i++) {
        const struct merge_test *test = merge_at(walk, i);

        if (test && (!smallest || strcmp(test->name, smallest) < 0))
            smallest = test->name;
    }
    return smallest;
}

static const char *merge_word(const struct merge_walk *walk, size_t column, const char *name)
{
    static const char *const words[] = {"passed", "FAILED", "skipped"};
    const struct merge_test *test = merge_at(walk, column);

    return test && strcmp(test->name, name) == 0 ? words[test->outcome] : "not run";
}

static int merge_print_difference(struct merge_walk *walk, const char *name, FILE *out)
{
    if (walk->differences++ == 0)
        fprintf(out, "\nnot the same everywhere:\n");
    if (walk->differences > MERGE_DIFFERENCES_MAX)
        return 0;
    fprintf(out, "%s\n", name);
    for (size_t i = 0; i < walk->merge->n_columns; i++) {
        _cleanup_free_ char *title = NULL;
        int r = merge_title(&walk->merge->columns[i], &title);

        if (r < 0)
            return r;
        fprintf(out, "    %-8s %s\n", merge_word(walk, i, name), title);
    }
    return 0;
}

static int merge_look_at(struct merge_walk *walk, const char *name, FILE *out)
{
    const char *first = merge_word(walk, 0, name);
    bool same = true;
    int r = 0;

    for (size_t i = 1; i < walk->merge->n_columns; i++)
        same = same && merge_word(walk, i, name) == first;
    if (!same)
        r = merge_print_difference(walk, name, out);
    for (size_t i = 0; i < walk->merge->n_columns; i++) {
        const struct merge_test *test = merge_at(walk, i);

        walk->at[i] += test && strcmp(test->name, name) == 0;
    }
    return r;
}

static int merge_print_differences(const struct merge *merge, FILE *out)
{
    _cleanup_free_ size_t *at = calloc(merge->n_columns + 1, sizeof(*at));
    struct merge_walk walk = {.merge = merge, .at = at};
    const char *name;
    int r = at ? 0 : err_r(ENOMEM, "cannot compare the runs");

    while (r == 0 && (name = merge_smallest(&walk)))
        r = merge_look_at(&walk, name, out);
    if (walk.differences > MERGE_DIFFERENCES_MAX)
        fprintf(out, "and %zu more\n", walk.differences - MERGE_DIFFERENCES_MAX);
    if (walk.differences > 0)
        fputc('\n', out);
    return r;
}

int merge_print(const struct merge *merge, FILE *out)
{
    int r = merge_print_matrix(merge, out);

    if (r == 0)
        r = merge_print_differences(merge, out);
    if (r == 0)
        r = merge_print_missing(merge, out);
    if (r == 0)
        fprintf(out, "%zu passed, %zu failed, %zu skipped\n", merge->passed, merge->failed,
                merge->skipped);
    return r;
}
