/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of text for people, as wide as it needs to be.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 8

struct table {
    size_t columns;
    char **cells; /* row by row; owned */
    size_t n_rows;
};

/* Adds a row of table->columns texts, which are copied; NULL is an empty one. When there is no
 * memory the row is missing. */
void table_add(struct table *table, const char *const *texts);
/* Two blanks between the columns; none behind the last. */
void table_print(const struct table *table, FILE *out);
void table_release(struct table *table);
