// SPDX-License-Identifier: Apache-2.0
/* The tables of `waypost programs`, from its JSON. */
#include "show/programs.h"

#include <string.h>

#include "common/table.h"
#include "common/cleanup.h"
#include "common/text.h"

#define TEXT_CELL 96

/* A number, a text, or "-" for what is not there. */
static const char *text_cell(const json_t *object, const char *key, char cell[TEXT_CELL])
{
    const json_t *value = json_object_get(object, key);

    if (json_is_integer(value))
        snprintf(cell, TEXT_CELL, "%lld", (long long)json_integer_value(value));
    else
        snprintf(cell, TEXT_CELL, "%s", json_is_string(value) ? json_string_value(value) : "-");
    return text_clean_line(cell);
}

/* The same in brackets, nothing for what is not there. */
static const char *text_contract(const json_t *map, const char *key, char cell[TEXT_CELL])
{
    const json_t *value = json_object_get(json_object_get(map, "contract"), key);

    cell[0] = '\0';
    if (value)
        snprintf(cell, TEXT_CELL, "(%lld)", (long long)json_integer_value(value));
    return cell;
}

static void text_print_programs(FILE *out, const json_t *programs)
{
    static const char *const keys[] = {"name",     "file",         "section",
                                       "attached", "instructions", "verified_instructions",
                                       "states",   "stack"};
    _cleanup_(table_release) struct table table = {.columns = ARRAY_SIZE(keys)};
    const json_t *program;
    size_t i;

    table_add(&table, (const char *[]){"PROGRAM", "FILE", "SECTION", "ATTACHED TO", "INSNS",
                                       "VERIFIED", "STATES", "STACK"});
    json_array_foreach (programs, i, program) {
        char cells[ARRAY_SIZE(keys)][TEXT_CELL];
        const char *row[ARRAY_SIZE(keys)];

        for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
            row[k] = text_cell(program, keys[k], cells[k]);
        table_add(&table, row);
    }
    table_print(&table, out);
}

static void text_print_maps(FILE *out, const json_t *maps)
{
    static const char *const keys[] = {"key", "value", "entries"};
    _cleanup_(table_release) struct table table = {.columns = 2 + 2 * ARRAY_SIZE(keys)};
    const json_t *map;
    size_t i;

    table_add(&table, (const char *[]){"MAP", "FILE", "KEY", "(CONTRACT)", "VALUE", "(CONTRACT)",
                                       "ENTRIES", "(CONTRACT)"});
    json_array_foreach (maps, i, map) {
        char cells[2 + 2 * ARRAY_SIZE(keys)][TEXT_CELL];
        const char *row[2 + 2 * ARRAY_SIZE(keys)] = {text_cell(map, "name", cells[0]),
                                                     text_cell(map, "file", cells[1])};

        for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
            row[2 + 2 * k] = text_cell(map, keys[k], cells[2 + 2 * k]);
            row[3 + 2 * k] = text_contract(map, keys[k], cells[3 + 2 * k]);
        }
        table_add(&table, row);
    }
    table_print(&table, out);
}

static void text_print_mixed(FILE *out, const json_t *programs)
{
    const json_t *program;
    size_t i;

    json_array_foreach (programs, i, program) {
        const char *from = json_string_value(json_object_get(program, "from"));

        if (from && *from == 's')
            fprintf(out, "from the suite: %s\n",
                    json_string_value(json_object_get(program, "name")));
    }
}

static void text_print_ports(FILE *out, const json_t *report)
{
    const char *ports = json_string_value(json_object_get(report, "ports"));

    if (ports && strcmp(ports, "unknown") == 0)
        fprintf(out, "ports of authorization tuples: no connection showed their byte order; the "
                     "contract's is used\n");
    else if (ports)
        fprintf(out,
                "ports of authorization tuples: in the %s's byte order, as a connection showed\n",
                ports);
}

/* File names below --objects are a stranger's. */
static void text_print_passed(FILE *out, const json_t *entry)
{
    _cleanup_free_ char *line = NULL;

    if (text_format(&line, "passed over: '%s' %s",
                    json_string_value(json_object_get(entry, "file")),
                    json_string_value(json_object_get(entry, "why"))) >= 0)
        fprintf(out, "%s\n", text_clean_line(line));
}

void programs_print(FILE *out, const json_t *report, bool mixed)
{
    const json_t *differences = json_object_get(report, "differences"), *entry;
    size_t i, n = json_array_size(differences);

    fprintf(out, "%s\n\n", json_string_value(json_object_get(report, "objects")));
    text_print_programs(out, json_object_get(report, "programs"));
    fputc('\n', out);
    text_print_maps(out, json_object_get(report, "maps"));
    fputc('\n', out);
    if (mixed)
        text_print_mixed(out, json_object_get(report, "programs"));
    text_print_ports(out, report);
    json_array_foreach (json_object_get(report, "passed"), i, entry)
        text_print_passed(out, entry);
    json_array_foreach (differences, i, entry)
        fprintf(out, "%s: %s\n",
                json_is_true(json_object_get(entry, "fatal")) ? "WRONG" : "differs",
                json_string_value(json_object_get(entry, "text")));
    if (n == 0)
        fprintf(out, "all as the contract says\n");
    else
        fprintf(out, "%zu difference%s from the contract\n", n, n == 1 ? "" : "s");
}
