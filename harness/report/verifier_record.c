// SPDX-License-Identifier: Apache-2.0
/* The record: a table in a Markdown file, read and written with what stands around it. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "report/verifier_table.h"
#include "common/whole_file.h"

#define RECORD_COLUMNS  8
#define RECORD_LINE_MAX 1000 /* characters */
#define RECORD_HEADER   "| program | kernel | loads | instructions | processed | peak states | "

static const char record_head[] =
    RECORD_HEADER "stack, bytes | time, µs |\n|---|---|---|---|---|---|---|---|\n";

/* ---- one line ---- */

/* Splits "| a | b |" in place; the cells are trimmed. */
static size_t record_split(char *line, char **cells, size_t max)
{
    size_t n = 0;
    char *at = strchr(line, '|');

    while (at && n < max) {
        char *next = strchr(++at, '|'), *end;

        if (!next)
            break;
        *next = '\0';
        at += strspn(at, " \t`");
        for (end = at + strlen(at); end > at && strchr(" \t`", end[-1]);)
            *--end = '\0';
        cells[n++] = at;
        at = next;
    }
    return n;
}

static bool record_number(const char *text, long *out)
{
    char *end;

    *out = -1;
    if (strcmp(text, "-") == 0)
        return true;
    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && isdigit((unsigned char)*text) && *end == '\0';
}

static int record_row(char *line, const char *path, size_t number, struct verifier_table *out)
{
    char *cells[RECORD_COLUMNS];
    struct verifier_row row = {0};

    if (record_split(line, cells, RECORD_COLUMNS) != RECORD_COLUMNS ||
        (strcmp(cells[2], "yes") != 0 && strcmp(cells[2], "no") != 0) ||
        !record_number(cells[3], &row.instructions) || !record_number(cells[4], &row.processed) ||
        !record_number(cells[5], &row.peak_states) || !record_number(cells[7], &row.time_us))
        return err_say(EINVAL, "%s:%zu: this row of the table cannot be read", path, number);
    row.program = cells[0];
    row.kernel = cells[1];
    row.loads = strcmp(cells[2], "yes") == 0;
    row.stack = cells[6];
    return verifier_table_add(out, &row);
}

/* ---- the file ---- */

struct record {
    struct verifier_table table;
    char *before, *after; /* the text around the table */
};

static void record_clear(struct record *record)
{
    verifier_table_clear(&record->table);
    free(record->before);
    free(record->after);
}

static int record_append(char **text, const char *line)
{
    char *longer = NULL;

    if (text_format(&longer, "%s%s", *text ? *text : "", line) < 0)
        return -ENOMEM;
    free(*text);
    *text = longer;
    return 0;
}

enum record_part { RECORD_BEFORE, RECORD_RULE, RECORD_ROWS, RECORD_AFTER };

static int record_line(struct record *record, enum record_part *part, char *line, const char *path,
                       size_t number)
{
    if (strlen(line) > RECORD_LINE_MAX)
        return err_say(EINVAL, "%s:%zu: this line is too long", path, number);
    if (*part == RECORD_BEFORE && strncmp(line, RECORD_HEADER, strlen(RECORD_HEADER)) == 0) {
        *part = RECORD_RULE;
        return 0;
    }
    if (*part == RECORD_RULE) {
        *part = RECORD_ROWS;
        return 0;
    }
    if (*part == RECORD_ROWS && *line == '|')
        return record_row(line, path, number, &record->table);
    if (*part == RECORD_ROWS)
        *part = RECORD_AFTER;
    return record_append(*part == RECORD_BEFORE ? &record->before : &record->after, line);
}

static int record_read(const char *path, struct record *out)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    _cleanup_free_ char *line = NULL;
    enum record_part part = RECORD_BEFORE;
    size_t size = 0, number = 0;

    if (!file)
        return err_r(errno, "cannot open '%s'", path);
    while (getline(&line, &size, file) >= 0) {
        int r = record_line(out, &part, line, path, ++number);

        if (r < 0)
            return r;
    }
    if (part == RECORD_BEFORE)
        return err_say(EINVAL, "'%s' has no table of the verifier's figures", path);
    return 0;
}

int verifier_table_read(const char *path, struct verifier_table *out)
{
    _cleanup_(record_clear) struct record record = {0};
    int r = record_read(path, &record);

    if (r < 0)
        return r;
    *out = record.table;
    record.table = (struct verifier_table){0};
    return 0;
}

/* ---- writing ---- */

static void record_write_number(FILE *out, long number)
{
    if (number < 0)
        fputs(" - |", out);
    else
        fprintf(out, " %ld |", number);
}

static void record_write_row(FILE *out, const struct verifier_row *row)
{
    fprintf(out, "| `%s` | %s | %s |", row->program, row->kernel, row->loads ? "yes" : "no");
    record_write_number(out, row->instructions);
    record_write_number(out, row->processed);
    record_write_number(out, row->peak_states);
    fprintf(out, " %s |", row->stack);
    record_write_number(out, row->time_us);
    fputc('\n', out);
}

static bool record_is_replaced(const struct verifier_table *rows, const char *kernel)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(rows->rows[i].kernel, kernel) == 0)
            return true;
    return false;
}

/* By kernel, 6.9 before 6.12; within one as they came. */
static int record_compare(const void *a, const void *b)
{
    const struct verifier_row *x = *(const struct verifier_row *const *)a;
    const struct verifier_row *y = *(const struct verifier_row *const *)b;
    int order = strverscmp(x->kernel, y->kernel);

    return order ? order : (x < y ? -1 : x > y);
}

static int record_sort(const struct verifier_table *old, const struct verifier_table *rows,
                       const struct verifier_row ***out, size_t *n)
{
    const struct verifier_row **sorted = calloc(old->n + rows->n + 1, sizeof(*sorted));

    if (!sorted)
        return err_r(ENOMEM, "cannot write the record");
    *n = 0;
    for (size_t i = 0; i < old->n; i++)
        if (!record_is_replaced(rows, old->rows[i].kernel))
            sorted[(*n)++] = &old->rows[i];
    for (size_t i = 0; i < rows->n; i++)
        sorted[(*n)++] = &rows->rows[i];
    if (*n)
        qsort(sorted, *n, sizeof(*sorted), record_compare);
    *out = sorted;
    return 0;
}

/* What the file is to be. */
struct record_new {
    const struct record *record; /* the text around the table */
    const struct verifier_row *const *rows;
    size_t n;
};

static int record_save(FILE *file, const void *data)
{
    const struct record_new *new = data;

    fputs(new->record->before ? new->record->before : "", file);
    fputs(record_head, file);
    for (size_t i = 0; i < new->n; i++)
        record_write_row(file, new->rows[i]);
    fputs(new->record->after ? new->record->after : "", file);
    return 0;
}

int verifier_table_write(const char *path, const struct verifier_table *rows)
{
    _cleanup_(record_clear) struct record record = {0};
    _cleanup_free_ const struct verifier_row **sorted = NULL;
    size_t n = 0;
    int r = record_read(path, &record);

    if (r < 0)
        return r;
    r = record_sort(&record.table, rows, &sorted, &n);
    if (r < 0)
        return r;
    return whole_file_write(path, record_save,
                            &(struct record_new){.record = &record, .rows = sorted, .n = n});
}
