// SPDX-License-Identifier: Apache-2.0
/* What several runs have in common and what not, for people. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "report/differences.h"
#include "report/merge.h"

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

static void merge_free_titles(struct differences_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free((char *)columns[i].title);
    free(columns);
}

static int merge_print_differences(const struct merge *merge, FILE *out)
{
    struct differences_column *columns = calloc(merge->n_columns + 1, sizeof(*columns));
    int r = columns ? 0 : err_r(ENOMEM, "cannot compare the runs");

    for (size_t i = 0; r == 0 && i < merge->n_columns; i++) {
        char *title = NULL;

        r = merge_title(&merge->columns[i], &title);
        columns[i] = (struct differences_column){
            .title = title,
            .tests = merge->columns[i].tests,
            .n_tests = merge->columns[i].n_tests,
        };
    }
    if (r == 0)
        r = differences_print(columns, merge->n_columns, out);
    merge_free_titles(columns, columns ? merge->n_columns : 0);
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
