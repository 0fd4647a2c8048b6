// SPDX-License-Identifier: Apache-2.0
#include "common/table.h"

#include <stdlib.h>
#include <string.h>

void table_add(struct table *table, const char *const *texts)
{
    char **grown = reallocarray(table->cells, (table->n_rows + 1) * table->columns, sizeof(*grown));

    if (!grown)
        return;
    table->cells = grown;
    for (size_t i = 0; i < table->columns; i++)
        grown[table->n_rows * table->columns + i] = strdup(texts[i] ? texts[i] : "");
    table->n_rows++;
}

static const char *table_cell(const struct table *table, size_t row, size_t column)
{
    const char *text = table->cells[row * table->columns + column];

    return text ? text : "";
}

void table_print(const struct table *table, FILE *out)
{
    int widths[TABLE_COLUMNS_MAX] = {0};

    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t i = 0; i < table->columns; i++) {
            int width = (int)strlen(table_cell(table, row, i));

            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (size_t row = 0; row < table->n_rows; row++) {
        for (size_t i = 0; i + 1 < table->columns; i++)
            fprintf(out, "%-*s  ", widths[i], table_cell(table, row, i));
        fprintf(out, "%s\n", table_cell(table, row, table->columns - 1));
    }
}

void table_release(struct table *table)
{
    for (size_t i = 0; i < table->n_rows * table->columns; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->n_rows = 0;
}
