// SPDX-License-Identifier: Apache-2.0
/* The verifier's figures: out of a report, into a record and back, and what counts as growth. */
#include "report/verifier_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "report/tests/fixture.h"

#define HEAD                                                                                       \
    "# Title\n\ntext\n\n"                                                                          \
    "| program | kernel | loads | instructions | processed | peak states | stack, bytes | time, "  \
    "µs |\n|---|---|---|---|---|---|---|---|\n"
#define TAIL "\nmore text\n"

static char table_dir[] = "/tmp/waypost-verifier-test.XXXXXX";
static char *table_path;

static struct verifier_row table_row(const char *program, const char *kernel, long processed)
{
    return (struct verifier_row){.program = (char *)program,
                                 .kernel = (char *)kernel,
                                 .loads = processed >= 0,
                                 .instructions = 10,
                                 .processed = processed,
                                 .peak_states = 3,
                                 .stack = (char *)"8+16",
                                 .time_us = 99};
}

static void table_add(struct verifier_table *table, const char *program, const char *kernel,
                      long processed)
{
    struct verifier_row row = table_row(program, kernel, processed);

    assert_int_equal(verifier_table_add(table, &row), 0);
}

static char *table_text(void)
{
    char text[4096];
    FILE *file = fopen(table_path, "re");
    size_t length;

    assert_non_null(file);
    length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    return strdup(text);
}

static void into_the_record_and_back(void **state)
{
    _cleanup_(verifier_table_clear) struct verifier_table rows = {0}, again = {0};
    _cleanup_free_ char *text = NULL;

    (void)state;
    fixture_write(table_dir, "record.md",
                  HEAD "| `old` | 6.1 | yes | 1 | 2 | 3 | - | - |\n"
                       "| `gone` | 6.12 | yes | 1 | 2 | 3 | - | - |\n" TAIL);
    table_add(&rows, "b", "6.12", 100);
    table_add(&rows, "a", "6.12", -1);
    table_add(&rows, "c", "6.9", 5);
    assert_int_equal(verifier_table_write(table_path, &rows), 0);
    text = table_text();
    assert_string_equal(text, HEAD "| `old` | 6.1 | yes | 1 | 2 | 3 | - | - |\n"
                                   "| `c` | 6.9 | yes | 10 | 5 | 3 | 8+16 | 99 |\n"
                                   "| `b` | 6.12 | yes | 10 | 100 | 3 | 8+16 | 99 |\n"
                                   "| `a` | 6.12 | no | 10 | - | 3 | 8+16 | 99 |\n" TAIL);
    assert_int_equal(verifier_table_read(table_path, &again), 0);
    assert_int_equal(again.n, 4);
    assert_string_equal(again.rows[2].program, "b");
    assert_int_equal(again.rows[2].processed, 100);
    assert_int_equal(again.rows[3].processed, -1);
}

static void what_counts_as_growth(void **state)
{
    static const struct {
        const char *program, *kernel;
        long processed;
        const char *said; /* NULL: nothing */
    } cases[] = {
        {"p", "6.1", 100, NULL},
        {"p", "6.1", 110, NULL},
        {"p", "6.1", 111, "GREW p on 6.1: 111 instructions to verify, 100 on record (+11 %)\n"},
        {"p", "6.1", 10, NULL},
        {"p", "6.1", -1, "REFUSED p does not load on 6.1 any more\n"},
        {"new", "6.1", 1, "NEW new on 6.1 has no record: write one with --record\n"},
        {"never", "6.1", -1, NULL},
        {"never", "6.1", 7, NULL},
    };
    _cleanup_(verifier_table_clear) struct verifier_table record = {0};

    (void)state;
    table_add(&record, "p", "6.1", 100);
    table_add(&record, "never", "6.1", -1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(verifier_table_clear) struct verifier_table now = {0};
        _cleanup_free_ char *text = NULL;
        size_t size, n = 9;
        FILE *memory = open_memstream(&text, &size);

        table_add(&now, cases[i].program, cases[i].kernel, cases[i].processed);
        assert_int_equal(verifier_table_compare(&now, &record, memory, &n), 0);
        fclose(memory);
        assert_int_equal(n, cases[i].said != NULL);
        assert_string_equal(text, cases[i].said ? cases[i].said : "");
    }
}

static void a_kernel_without_a_record(void **state)
{
    _cleanup_(verifier_table_clear) struct verifier_table record = {0}, now = {0};
    _cleanup_free_ char *text = NULL;
    size_t size, n = 9;
    FILE *memory = open_memstream(&text, &size);

    (void)state;
    table_add(&record, "p", "6.1", 100);
    table_add(&now, "p", "6.18", 100000);
    table_add(&now, "q", "6.18", 100000);
    assert_int_equal(verifier_table_compare(&now, &record, memory, &n), 0);
    fclose(memory);
    assert_int_equal(n, 0);
    assert_string_equal(text, "kernel 6.18 has no record: nothing to compare with\n");
}

static void out_of_a_report(void **state)
{
    _cleanup_(verifier_table_clear) struct verifier_table table = {0};
    _cleanup_json_ json_t *report = json_loads(
        "{\"kernel\": \"6.1.0-37-cloud-amd64\", \"programs\": ["
        "{\"name\": \"a\", \"file\": \"a.o\", \"loads\": true, \"instructions\": 5,"
        " \"verified_instructions\": 7, \"peak_states\": 2, \"stack\": \"8\", \"time_us\": 11},"
        "{\"name\": \"b\", \"file\": null, \"loads\": false},"
        "{\"name\": \"c\", \"file\": \"c.o\", \"loads\": false, \"instructions\": 5,"
        " \"verified_instructions\": null, \"stack\": null}]}",
        0, NULL);

    (void)state;
    assert_int_equal(verifier_table_from_json(report, "x", &table), 0);
    assert_int_equal(table.n, 2);
    assert_string_equal(table.rows[0].kernel, "6.1");
    assert_int_equal(table.rows[0].processed, 7);
    assert_false(table.rows[1].loads);
    assert_int_equal(table.rows[1].processed, -1);
    assert_string_equal(table.rows[1].stack, "-");
}

static void hostile_reports(void **state)
{
    static const char *const reports[] = {
        "{}",
        "{\"kernel\": \"x\", \"programs\": []}",
        "{\"kernel\": \"6.1\"}",
        "{\"kernel\": 6.1, \"programs\": []}",
        "{\"kernel\": \"6.1\", \"programs\": [1]}",
        "{\"kernel\": \"6.1\", \"programs\": [{\"name\": 1, \"file\": \"a\"}]}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
        _cleanup_(verifier_table_clear) struct verifier_table table = {0};
        _cleanup_json_ json_t *report = json_loads(reports[i], 0, NULL);

        assert_int_equal(verifier_table_from_json(report, "x.json", &table), -EINVAL);
    }
}

static void hostile_records(void **state)
{
    static const struct {
        const char *text, *said;
    } records[] = {
        {"", "has no table"},
        {"# nothing\n", "has no table"},
        {HEAD "| a | 6.1 |\n", ":7: this row of the table cannot be read"},
        {HEAD "| a | 6.1 | maybe | 1 | 1 | 1 | 1 | 1 |\n", "cannot be read"},
        {HEAD "| a | 6.1 | yes | 1x | 1 | 1 | 1 | 1 |\n", "cannot be read"},
        {HEAD "| a | 6.1 | yes | 1 | -5 | 1 | 1 | 1 |\n", "cannot be read"},
        {HEAD "| a | 6.1 | yes | 1 | 99999999999999999999 | 1 | 1 | 1 |\n", "cannot be read"},
        {HEAD "||||||||\n", "cannot be read"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
        _cleanup_(verifier_table_clear) struct verifier_table table = {0};

        fixture_write(table_dir, "record.md", records[i].text);
        assert_int_equal(verifier_table_read(table_path, &table), -EINVAL);
        assert_non_null(strstr(log_last_error(), records[i].said));
    }
}

static void table_quiet(enum log_level level, const char *message, void *data)
{
    (void)data;
    print_message("# %d: %s\n", level, message);
}

static int table_set_up(void **state)
{
    (void)state;
    log_set_sink(table_quiet, NULL);
    return mkdtemp(table_dir) && asprintf(&table_path, "%s/record.md", table_dir) > 0 ? 0 : -1;
}

static int table_tear_down(void **state)
{
    (void)state;
    fixture_write(table_dir, "record.md", NULL);
    free(table_path);
    return rmdir(table_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(into_the_record_and_back),  cmocka_unit_test(what_counts_as_growth),
        cmocka_unit_test(a_kernel_without_a_record), cmocka_unit_test(out_of_a_report),
        cmocka_unit_test(hostile_reports),           cmocka_unit_test(hostile_records),
    };

    return cmocka_run_group_tests(tests, table_set_up, table_tear_down);
}
