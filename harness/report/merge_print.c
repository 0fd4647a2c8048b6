// SPDX-License-Identifier: Apache-2.0
/* What several runs have in common and what not, for people. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/differences.h"
#include "report/merge.h"
#include "report/run.h"

static int merge_title(const struct merge_column *column, char **out)
{
    bool plain = !*column->accelerator || strcmp(column->accelerator, "none") == 0;
    bool own = !*column->objects || strcmp(column->objects, "suite") == 0;

    return text_format(out, "%s%s%s%s%s%s", *column->kernel ? column->kernel : "unknown kernel",
                       plain ? "" : " (", plain ? "" : column->accelerator, plain ? "" : ")",
                       own ? "" : " ", own ? "" : column->objects);
}

static void merge_free_titles(char **titles, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(titles[i]);
    free(titles);
}

/* The caller frees them by merge_free_titles(). */
static int merge_titles(const struct merge *merge, char ***out)
{
    char **titles = calloc(merge->n_columns + 1, sizeof(*titles));

    if (!titles)
        return err_r(ENOMEM, "cannot print the matrix");
    for (size_t i = 0; i < merge->n_columns; i++)
        if (merge_title(&merge->columns[i], &titles[i]) < 0) {
            merge_free_titles(titles, i);
            return -ENOMEM;
        }
    *out = titles;
    return 0;
}

static void merge_print_matrix(const struct merge *merge, char *const *titles, FILE *out)
{
    size_t width = strlen("kernel");

    for (size_t i = 0; i < merge->n_columns; i++)
        if (strlen(titles[i]) > width)
            width = strlen(titles[i]);
    fprintf(out, "%-*s  passed  failed  skipped%s\n", (int)width, "kernel",
            merge->inconclusive ? "  inconclusive" : "");
    for (size_t i = 0; i < merge->n_columns; i++) {
        fprintf(out, "%-*s  %6zu  %6zu  %7zu", (int)width, titles[i], merge->columns[i].passed,
                merge->columns[i].failed, merge->columns[i].skipped);
        if (merge->inconclusive)
            fprintf(out, "  %12zu", merge->columns[i].inconclusive);
        fputc('\n', out);
    }
}

static void merge_print_missing(const struct merge *merge, char *const *titles, FILE *out)
{
    for (size_t i = 0; i < merge->n_columns; i++)
        for (long s = 0; s < merge->columns[i].shards; s++)
            if (!merge->columns[i].was_read[s])
                fprintf(out, "MISSING shard %ld/%ld of %s\n", s + 1, merge->columns[i].shards,
                        titles[i]);
}

static int merge_print_differences(const struct merge *merge, char *const *titles, FILE *out)
{
    _cleanup_free_ struct differences_column *columns =
        calloc(merge->n_columns + 1, sizeof(*columns));

    if (!columns)
        return err_r(ENOMEM, "cannot compare the runs");
    for (size_t i = 0; i < merge->n_columns; i++)
        columns[i] = (struct differences_column){
            .title = titles[i],
            .tests = merge->columns[i].tests,
            .n_tests = merge->columns[i].n_tests,
        };
    return differences_print(columns, merge->n_columns, out);
}

static int merge_print_titled(const struct merge *merge, char *const *titles, FILE *out)
{
    int r;

    merge_print_matrix(merge, titles, out);
    r = merge_print_differences(merge, titles, out);
    if (r < 0)
        return r;
    merge_print_missing(merge, titles, out);
    return 0;
}

int merge_print(const struct merge *merge, bool allow_skipped, FILE *out)
{
    char **titles = NULL;
    int r = merge_titles(merge, &titles);

    if (r < 0)
        return r;
    r = merge_print_titled(merge, titles, out);
    merge_free_titles(titles, merge->n_columns);
    if (r < 0)
        return r;
    if (merge_skipped_only(merge) && !allow_skipped)
        fprintf(out, "%s\n", RUN_SKIPPED_ONLY);
    run_print_counts(out, merge->passed, merge->failed, merge->skipped, merge->inconclusive);
    return 0;
}
