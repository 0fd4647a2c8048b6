// SPDX-License-Identifier: Apache-2.0
/* The results that come out of a machine: line by line, as an archive, and half of either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/tree.h"
#include "run/process.h"
#include "vm/output.h"

static char test_dir[64];

static void path_of(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", test_dir, name);
}

static int set_up(void **state)
{
    char live[128];

    (void)state;
    snprintf(test_dir, sizeof(test_dir), "/tmp/waypost-output.XXXXXX");
    if (!mkdtemp(test_dir))
        return -1;
    path_of("live", live);
    return mkdir(live, 0755);
}

static int tear_down(void **state)
{
    (void)state;
    return tree_remove(test_dir);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    path_of(name, path);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_file(const char *name, const char *expected)
{
    char path[128], text[256] = "";
    FILE *file;

    path_of(name, path);
    file = fopen(path, "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static void live(const char *text, struct output_count *count)
{
    char line[256];

    snprintf(line, sizeof(line), "%s", text);
    assert_int_equal(output_live_line(test_dir, line, count), 0);
}

static void test_lines_go_to_their_files_and_are_counted(void **state)
{
    struct output_count count = {0};

    (void)state;
    live("plan\t010-smoke\tv4\tbats\t2", &count);
    live("010-smoke.v4.tap\tok 1 one", &count);
    live("010-smoke.v4.tap\tnot ok 2 two", &count);
    live("010-smoke.v4.tap\t# why", &count);
    assert_file("live/plan", "010-smoke\tv4\tbats\t2\n");
    assert_file("live/010-smoke.v4.tap", "ok 1 one\nnot ok 2 two\n# why\n");
    assert_int_equal(count.planned, 2);
    assert_int_equal(count.done, 2);
    assert_int_equal(count.failed, 1);
}

static void test_a_name_that_leads_out_is_passed_over(void **state)
{
    struct output_count count = {0};
    char out[128];

    (void)state;
    live("../escaped\tx", &count);
    live("a/b\tx", &count);
    live("..\tx", &count);
    live("no tab", &count);
    live("\tx", &count);
    path_of("escaped", out);
    assert_int_equal(access(out, F_OK), -1);
    path_of("live", out);
    assert_int_equal(rmdir(out), 0);
}

static void test_without_a_whole_archive_the_lines_are_the_results(void **state)
{
    struct output_count count = {0};
    char out[128];

    (void)state;
    live("plan\tx", &count);
    write_file("files.tar", "half of an archive");
    assert_int_equal(output_unpack(test_dir), 0);
    assert_file("results/plan", "x\n");
    path_of("files.tar", out);
    assert_int_equal(access(out, F_OK), -1);
}

static void test_the_archive_is_the_results(void **state)
{
    struct output_count count = {0};
    char packed[128], archive[128], out[128];
    const char *const argv[] = {"tar", "-C", packed, "-cf", archive, ".", NULL};
    const struct process_spec spec = {.argv = argv};
    int status = -1;

    (void)state;
    path_of("packed", packed);
    path_of("files.tar", archive);
    assert_int_equal(mkdir(packed, 0755), 0);
    write_file("packed/plan", "whole\n");
    assert_int_equal(process_run(&spec, -1, &status), 0);
    assert_int_equal(status, 0);
    live("plan\thalf", &count);
    assert_int_equal(output_unpack(test_dir), 0);
    assert_file("results/plan", "whole\n");
    path_of("live", out);
    assert_int_equal(access(out, F_OK), -1);
}

static void test_nothing_came(void **state)
{
    char out[128];

    (void)state;
    assert_int_equal(output_unpack(test_dir), 0);
    path_of("results", out);
    assert_int_equal(access(out, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_go_to_their_files_and_are_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_name_that_leads_out_is_passed_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_without_a_whole_archive_the_lines_are_the_results,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_archive_is_the_results, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_came, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
