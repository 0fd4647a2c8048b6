// SPDX-License-Identifier: Apache-2.0
#include "report/differences.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

/* More differences than this are not read by anybody. */
#define DIFFERENCES_MAX 200

/* The columns are sorted: each has a place of its own, and all of them advance by name. */
struct differences_walk {
    const struct differences_column *columns;
    size_t n, *at;
    size_t found;
};

static int differences_compare(const void *a, const void *b)
{
    return strcmp(((const struct differences_test *)a)->name,
                  ((const struct differences_test *)b)->name);
}

void differences_sort(struct differences_test *tests, size_t n)
{
    if (n)
        qsort(tests, n, sizeof(*tests), differences_compare);
}

static const struct differences_test *differences_at(const struct differences_walk *walk,
                                                     size_t column)
{
    const struct differences_column *c = &walk->columns[column];

    return walk->at[column] < c->n_tests ? &c->tests[walk->at[column]] : NULL;
}

static const char *differences_smallest(const struct differences_walk *walk)
{
    const char *smallest = NULL;

    for (size_t i = 0; i < walk->n; i++) {
        const struct differences_test *test = differences_at(walk, i);

        if (test && (!smallest || strcmp(test->name, smallest) < 0))
            smallest = test->name;
    }
    return smallest;
}

static const char *differences_word(const struct differences_walk *walk, size_t column,
                                    const char *name)
{
    static const char *const words[] = {[TAP_PASSED] = "passed",
                                        [TAP_FAILED] = "FAILED",
                                        [TAP_SKIPPED] = "skipped",
                                        [TAP_INCONCLUSIVE] = "inconclusive"};
    const struct differences_test *test = differences_at(walk, column);

    return test && strcmp(test->name, name) == 0 ? words[test->outcome] : "not run";
}

static void differences_print_one(struct differences_walk *walk, const char *name, FILE *out)
{
    if (walk->found++ == 0)
        fprintf(out, "\nnot the same everywhere:\n");
    if (walk->found > DIFFERENCES_MAX)
        return;
    fprintf(out, "%s\n", name);
    for (size_t i = 0; i < walk->n; i++)
        fprintf(out, "    %-8s %s\n", differences_word(walk, i, name), walk->columns[i].title);
}

static void differences_look_at(struct differences_walk *walk, const char *name, FILE *out)
{
    const char *first = differences_word(walk, 0, name);
    bool same = true;

    for (size_t i = 1; i < walk->n; i++)
        same = same && strcmp(differences_word(walk, i, name), first) == 0;
    if (!same)
        differences_print_one(walk, name, out);
    for (size_t i = 0; i < walk->n; i++) {
        const struct differences_test *test = differences_at(walk, i);

        walk->at[i] += test && strcmp(test->name, name) == 0;
    }
}

int differences_print(const struct differences_column *columns, size_t n, FILE *out)
{
    _cleanup_free_ size_t *at = calloc(n + 1, sizeof(*at));
    struct differences_walk walk = {.columns = columns, .n = n, .at = at};
    const char *name;

    if (!at)
        return err_r(ENOMEM, "cannot compare the runs");
    while ((name = differences_smallest(&walk)))
        differences_look_at(&walk, name, out);
    if (walk.found > DIFFERENCES_MAX)
        fprintf(out, "and %zu more\n", walk.found - DIFFERENCES_MAX);
    if (walk.found > 0)
        fputc('\n', out);
    return 0;
}
