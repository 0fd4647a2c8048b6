/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel's verifier spends on each program: as `waypost programs -j` found it, and as it
 * stands on record in a Markdown table (docs/verifier.md). The record is text for people that is
 * also read back; what stands around the table is kept.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct verifier_row {
    char *program;
    char *kernel; /* "6.1": releases of one series count as one kernel */
    bool loads;
    long instructions; /* of the program; -1 where a figure is not known */
    long processed;    /* by the verifier, over all paths */
    long peak_states;
    char *stack;  /* bytes, of the program and its functions: "72+64"; "-" when not known */
    long time_us; /* of the verification, on some machine: for people, never compared */
};

struct verifier_table {
    struct verifier_row *rows;
    size_t n;
};

/* A program may grow by so much before its record has to be changed. */
#define VERIFIER_GROWTH_PERCENT 10

/* Adds a row for each program that the report of `waypost programs -j` has an object for. -EINVAL
 * with a sentence when it is no such report; `path` is where it comes from. */
int verifier_table_from_json(const json_t *report, const char *path, struct verifier_table *out);
/* Reads the table of a Markdown file. -ENOENT when there is no file, -EINVAL with FILE:LINE when a
 * row cannot be read or there is no table. */
int verifier_table_read(const char *path, struct verifier_table *out);
/* Puts `rows` into the file's table: those of a kernel that `rows` has replace the old ones, the
 * others stay. Whole or not at all. */
int verifier_table_write(const char *path, const struct verifier_table *rows);
/* Says on `out` what grew too much, does not load any more, or has no record although its kernel
 * has one; *n is how many. A kernel without any record is only mentioned. */
int verifier_table_compare(const struct verifier_table *now, const struct verifier_table *record,
                           FILE *out, size_t *n);
/* Copies the row. 0 or -ENOMEM. */
int verifier_table_add(struct verifier_table *table, const struct verifier_row *row);
int verifier_table_print(const struct verifier_table *table, FILE *out);
void verifier_table_clear(struct verifier_table *table);
