// SPDX-License-Identifier: Apache-2.0
/* waypost matrix: the results of several kernels, beside each other. */
#include <errno.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "common/table.h"
#include "cli/verbs.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "vm/matrix.h"

static const char *matrix_name(const struct matrix_kernel *k)
{
    const char *name = json_string_value(json_object_get(k->kernel, "name"));

    return name ? name : "?";
}

/* ---- kernel × counts ---- */

static void matrix_add_kernel(struct table *table, const struct matrix_kernel *k)
{
    char counts[3][24] = {"-", "-", "-"}, seconds[24];

    if (k->run) {
        snprintf(counts[0], sizeof(counts[0]), "%zu", k->run->passed);
        snprintf(counts[1], sizeof(counts[1]), "%zu", k->run->failed);
        snprintf(counts[2], sizeof(counts[2]), "%zu", k->run->skipped);
    }
    snprintf(seconds, sizeof(seconds), "%lld s", (long long)k->seconds);
    table_add(table, (const char *[]){matrix_name(k), k->accelerator, k->outcome, counts[0],
                                      counts[1], counts[2], seconds});
}

static void matrix_print_kernels(const struct matrix *m)
{
    _cleanup_(table_release) struct table table = {.columns = 7};

    table_add(&table,
              (const char *[]){"kernel", "by", "outcome", "passed", "failed", "skipped", "time"});
    for (size_t i = 0; i < m->n; i++)
        matrix_add_kernel(&table, &m->kernels[i]);
    table_print(&table, stdout);
    for (size_t i = 0; i < m->n; i++) {
        const struct matrix_kernel *k = &m->kernels[i];

        if (*k->detail)
            printf("%s: %s: %s\n", matrix_name(k), k->outcome, k->detail);
        if (k->skip)
            printf("%s: skipped for a reason that is not in its list 'missing': %s\n",
                   matrix_name(k), k->skip);
    }
}

/* ---- behaviour × kernel ---- */

/* A kernel without results says nothing about any test. */
static int matrix_print_differences(const struct matrix *m)
{
    _cleanup_free_ struct differences_column *columns = calloc(m->n + 1, sizeof(*columns));
    size_t n = 0;

    if (!columns)
        return err_r(ENOMEM, "cannot compare the kernels");
    for (size_t i = 0; i < m->n; i++) {
        const struct matrix_kernel *k = &m->kernels[i];

        if (k->run)
            columns[n++] = (struct differences_column){matrix_name(k), k->tests, k->n_tests};
    }
    return differences_print(columns, n, stdout);
}

/* ---- the verb ---- */

static int matrix_option(const struct cli_command *command, int key, const char *value, void *data)
{
    (void)command;
    (void)key;
    (void)value;
    *(bool *)data = true;
    return 0;
}

int verb_matrix(int argc, char **argv)
{
    static const char *const arguments[] = {NULL};
    static const struct argp_option options[] = {
        {"objects", 'o', NULL, 0, "Programs may be missing: they are not the suite's own", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "matrix",
        .purpose = "Compares the results of several kernels, one directory each, as `run.sh vm` "
                   "leaves them. Exit 0: all passed, 1: something did not",
        .usage = "DIRECTORY...",
        .examples = "Examples:\n"
                    "  waypost matrix results/20260101-120000-4711/*/",
        .arguments = arguments,
        .takes_command = true,
        .options = options,
        .option = matrix_option,
    };
    _cleanup_(matrix_free) struct matrix *m = NULL;
    struct cli_line line;
    bool objects = false;
    size_t n = 0;
    int r = cli_parse(&command, argc, argv, &objects, &line);

    if (r < 0)
        return cli_code(r);
    while (line.command[n])
        n++;
    r = matrix_read(line.command, n, objects, &m);
    if (r < 0)
        return cli_code(r);
    matrix_print_kernels(m);
    r = matrix_print_differences(m);
    run_print_counts(stdout, m->passed, m->failed, m->skipped, m->inconclusive);
    if (r < 0)
        return CODE_FAILED;
    if (m->failed > 0)
        return CODE_NO;
    return m->inconclusive > 0 ? CODE_FAILED : CODE_DONE;
}
