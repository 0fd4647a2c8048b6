// SPDX-License-Identifier: Apache-2.0
/* waypost matrix: the results of several kernels, beside each other. */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "vm/matrix.h"

/* The first column is the test. */
#define MATRIX_KERNELS_MAX (TABLE_COLUMNS_MAX - 1)

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

static int matrix_add_test(struct table *table, const struct matrix *m, const struct run_job *job,
                           const char *test)
{
    _cleanup_free_ char *name = run_test_name(job, test), *full = NULL;
    const char *row[TABLE_COLUMNS_MAX] = {NULL};

    if (!name || asprintf(&full, "%s: %s", job->name, name) < 0)
        return err_r(ENOMEM, "cannot compare the kernels");
    row[0] = full;
    for (size_t i = 0; i < m->n; i++)
        row[i + 1] = matrix_outcome(&m->kernels[i], job->name, job->variant, test);
    table_add(table, row);
    return 0;
}

/* True when an earlier kernel had the test, and it was looked at with that one. */
static bool matrix_was_seen(const struct matrix *m, size_t kernel, const struct run_job *job,
                            const char *test)
{
    for (size_t i = 0; i < kernel; i++) {
        if (strcmp(matrix_outcome(&m->kernels[i], job->name, job->variant, test), "-") != 0)
            return true;
    }
    return false;
}

static int matrix_add_tests_of(struct table *table, const struct matrix *m, size_t kernel)
{
    const struct run *run = m->kernels[kernel].run;
    int r = 0;

    for (size_t i = 0; run && i < run->n_jobs; i++) {
        const struct run_job *job = &run->jobs[i];

        for (size_t t = 0; r == 0 && t < job->tap->n_tests; t++) {
            const char *test = job->tap->tests[t].name;

            if (matrix_differs(m, job->name, job->variant, test) &&
                !matrix_was_seen(m, kernel, job, test))
                r = matrix_add_test(table, m, job, test);
        }
    }
    return r;
}

static int matrix_print_differences(const struct matrix *m)
{
    _cleanup_(table_release) struct table table = {.columns = m->n + 1};
    const char *head[TABLE_COLUMNS_MAX] = {"differs"};
    int r = 0;

    for (size_t i = 0; i < m->n; i++)
        head[i + 1] = matrix_name(&m->kernels[i]);
    table_add(&table, head);
    for (size_t i = 0; r == 0 && i < m->n; i++)
        r = matrix_add_tests_of(&table, m, i);
    if (r == 0 && table.n_rows > 1) {
        printf("\n");
        table_print(&table, stdout);
        printf("\n");
    }
    return r;
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

    while (r == 0 && line.command[n])
        n++;
    if (n > MATRIX_KERNELS_MAX)
        r = cli_usage(&command, "that is more than %d kernels", MATRIX_KERNELS_MAX);
    if (r == 0)
        r = matrix_read(line.command, n, objects, &m);
    if (r < 0)
        return cli_code(r);
    matrix_print_kernels(m);
    r = matrix_print_differences(m);
    printf("%zu passed, %zu failed, %zu skipped\n", m->passed, m->failed, m->skipped);
    return r < 0 ? CODE_FAILED : m->failed > 0 ? CODE_NO : CODE_DONE;
}
