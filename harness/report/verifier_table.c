// SPDX-License-Identifier: Apache-2.0
#include "report/verifier_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

static int verifier_no_memory(void)
{
    return err_r(ENOMEM, "cannot read the verifier's figures");
}

void verifier_table_clear(struct verifier_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        free(table->rows[i].program);
        free(table->rows[i].kernel);
        free(table->rows[i].stack);
    }
    free(table->rows);
    *table = (struct verifier_table){0};
}

int verifier_table_add(struct verifier_table *table, const struct verifier_row *row)
{
    struct verifier_row *rows = reallocarray(table->rows, table->n + 1, sizeof(*rows)), *copy;

    if (!rows)
        return verifier_no_memory();
    table->rows = rows;
    copy = &rows[table->n++];
    *copy = *row;
    copy->program = strdup(row->program);
    copy->kernel = strdup(row->kernel);
    copy->stack = strdup(row->stack);
    return copy->program && copy->kernel && copy->stack ? 0 : verifier_no_memory();
}

/* ---- out of a report ---- */

/* "6.1" of "6.1.0-37-cloud-amd64"; NULL when it does not begin like that. */
static char *verifier_series(const char *release)
{
    unsigned int major, minor;
    char *series = NULL;

    if (!release || sscanf(release, "%3u.%3u", &major, &minor) != 2 ||
        text_format(&series, "%u.%u", major, minor) < 0)
        return NULL;
    return series;
}

static long verifier_integer(const json_t *program, const char *name)
{
    const json_t *value = json_object_get(program, name);

    return json_is_integer(value) ? (long)json_integer_value(value) : -1;
}

static int verifier_add_program(const json_t *program, char *kernel, struct verifier_table *out)
{
    const char *name = json_string_value(json_object_get(program, "name"));
    const char *stack = json_string_value(json_object_get(program, "stack"));
    struct verifier_row row = {
        .program = (char *)name,
        .kernel = kernel,
        .loads = json_is_true(json_object_get(program, "loads")),
        .instructions = verifier_integer(program, "instructions"),
        .processed = verifier_integer(program, "verified_instructions"),
        .peak_states = verifier_integer(program, "peak_states"),
        .stack = (char *)(stack ? stack : "-"),
        .time_us = verifier_integer(program, "time_us"),
    };

    /* No object has it. */
    if (name && !json_is_string(json_object_get(program, "file")))
        return 0;
    return name ? verifier_table_add(out, &row) : -EINVAL;
}

int verifier_table_from_json(const json_t *report, const char *path, struct verifier_table *out)
{
    const json_t *programs = json_object_get(report, "programs"), *program;
    _cleanup_free_ char *kernel =
        verifier_series(json_string_value(json_object_get(report, "kernel")));
    size_t i;

    if (!kernel || !json_is_array(programs))
        return err_say(EINVAL, "'%s' is not what `waypost programs -j` prints", path);
    json_array_foreach (programs, i, program) {
        int r = verifier_add_program(program, kernel, out);

        if (r == -EINVAL)
            return err_say(EINVAL, "'%s' has a program without a name", path);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- comparing ---- */

static const struct verifier_row *verifier_find(const struct verifier_table *table,
                                                const struct verifier_row *like)
{
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->rows[i].program, like->program) == 0 &&
            strcmp(table->rows[i].kernel, like->kernel) == 0)
            return &table->rows[i];
    return NULL;
}

static bool verifier_has_kernel(const struct verifier_table *table, const char *kernel)
{
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->rows[i].kernel, kernel) == 0)
            return true;
    return false;
}

static bool verifier_compare_row(const struct verifier_row *now, const struct verifier_row *then,
                                 FILE *out)
{
    if (!then) {
        fprintf(out, "NEW %s on %s has no record: write one with --record\n", now->program,
                now->kernel);
        return true;
    }
    if (then->loads && !now->loads) {
        fprintf(out, "REFUSED %s does not load on %s any more\n", now->program, now->kernel);
        return true;
    }
    if (!now->loads || now->processed < 0 || then->processed < 0 ||
        now->processed * 100 <= then->processed * (100 + VERIFIER_GROWTH_PERCENT))
        return false;
    fprintf(out, "GREW %s on %s: %ld instructions to verify, %ld on record (%+ld %%)\n",
            now->program, now->kernel, now->processed, then->processed,
            (now->processed - then->processed) * 100 / (then->processed ? then->processed : 1));
    return true;
}

int verifier_table_compare(const struct verifier_table *now, const struct verifier_table *record,
                           FILE *out, size_t *n)
{
    const char *unknown = NULL;

    *n = 0;
    for (size_t i = 0; i < now->n; i++) {
        const struct verifier_row *row = &now->rows[i];

        if (verifier_has_kernel(record, row->kernel)) {
            *n += verifier_compare_row(row, verifier_find(record, row), out);
        } else if (!unknown || strcmp(unknown, row->kernel) != 0) {
            unknown = row->kernel;
            fprintf(out, "kernel %s has no record: nothing to compare with\n", unknown);
        }
    }
    return 0;
}

/* ---- for a terminal ---- */

static void verifier_print_number(FILE *out, long number, int width)
{
    if (number < 0)
        fprintf(out, "  %*s", width, "-");
    else
        fprintf(out, "  %*ld", width, number);
}

int verifier_table_print(const struct verifier_table *table, FILE *out)
{
    int width = strlen("program");

    for (size_t i = 0; i < table->n; i++)
        if ((int)strlen(table->rows[i].program) > width)
            width = (int)strlen(table->rows[i].program);
    fprintf(out, "%-*s  kernel  loads   insns  processed  states   us  stack\n", width, "program");
    for (size_t i = 0; i < table->n; i++) {
        const struct verifier_row *row = &table->rows[i];

        fprintf(out, "%-*s  %-6s  %-5s", width, row->program, row->kernel,
                row->loads ? "yes" : "NO");
        verifier_print_number(out, row->instructions, 6);
        verifier_print_number(out, row->processed, 9);
        verifier_print_number(out, row->peak_states, 6);
        verifier_print_number(out, row->time_us, 5);
        fprintf(out, "  %s\n", row->stack);
    }
    return 0;
}
