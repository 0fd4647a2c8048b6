// SPDX-License-Identifier: Apache-2.0
/* JUnit files of shards and kernels put together: what is counted, what is missing, what differs.
 */
#include "report/merge.h"

#include <errno.h>
#include <mxml.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "report/junit.h"
#include "report/junit_file.h"
#include "report/tap_write.h"
#include "report/tests/fixture.h"

static char merge_dir[] = "/tmp/waypost-merge-test.XXXXXX";

static char *merge_path(const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", merge_dir, name) > 0);
    return path;
}

/* A JUnit file as a run with these facts and results writes it. */
static void merge_write_run(const char *name, const char *facts, const char *plan, const char *tap)
{
    _cleanup_(run_free) struct run *run = NULL;
    _cleanup_free_ char *path = merge_path(name);

    fixture_write(merge_dir, "facts", facts);
    fixture_write(merge_dir, "plan", plan);
    fixture_write(merge_dir, "ends", "a\tv4\texit\t0\t9\t\n");
    fixture_write(merge_dir, "a.v4.tap", tap);
    assert_int_equal(run_read(merge_dir, false, &run), 0);
    assert_int_equal(junit_write(run, path), 0);
}

static int merge_add_path(struct merge *merge, const char *path)
{
    _cleanup_(memory_files_free) struct memory_files files = {};
    int r = memory_files_read(&files, path, JUNIT_FILE_MAX);

    return r < 0 ? r : merge_add(merge, path, files.files[0].bytes, files.files[0].size);
}

static int merge_add_file(struct merge *merge, const char *name)
{
    _cleanup_free_ char *path = merge_path(name);

    return merge_add_path(merge, path);
}

static char *merge_text(const struct merge *merge)
{
    char *text = NULL;
    size_t size;
    FILE *memory = open_memstream(&text, &size);

    assert_non_null(memory);
    assert_int_equal(merge_print(merge, false, memory), 0);
    fclose(memory);
    return text;
}

static void kernels_side_by_side(void **state)
{
    _cleanup_(memory_files_free) struct memory_files files = {};
    _cleanup_(merge_free) struct merge *merge = NULL;
    _cleanup_(junit_file_free) mxml_node_t *again = NULL;
    _cleanup_free_ char *text = NULL, *path = merge_path("all.xml");

    (void)state;
    merge_write_run("old.xml", "kernel\t6.1\naccelerator\ttcg\nobjects\tsuite\n",
                    "a\tv4\tbats\t2\n", "1..2\nok 1 CN-1 x\nok 2 TL-2 y # skip no io_uring\n");
    merge_write_run("new.xml", "kernel\t6.12\naccelerator\tnone\nobjects\tsuite\n",
                    "a\tv4\tbats\t2\n", "1..2\nok 1 CN-1 x\nok 2 TL-2 y\n");
    assert_int_equal(merge_new(&merge), 0);
    assert_int_equal(merge_add_file(merge, "old.xml"), 0);
    assert_int_equal(merge_add_file(merge, "new.xml"), 0);
    assert_int_equal(merge_finish(merge), 0);
    text = merge_text(merge);
    assert_string_equal(text, "kernel     passed  failed  skipped\n"
                              "6.1 (tcg)       1       0        1\n"
                              "6.12            2       0        0\n"
                              "\nnot the same everywhere:\n"
                              "a: TL-2 y [v4]\n"
                              "    skipped  6.1 (tcg)\n"
                              "    passed   6.12\n"
                              "\n"
                              "3 passed, 0 failed, 1 skipped\n");
    assert_int_equal(merge_exit_code(merge, false), 0);
    assert_int_equal(junit_file_write(merge->xml, path), 0);
    assert_int_equal(memory_files_read(&files, path, JUNIT_FILE_MAX), 0);
    assert_int_equal(junit_file_parse(path, files.files[0].bytes, files.files[0].size, &again), 0);
    assert_string_equal(
        mxmlElementGetAttr(mxmlFindElement(again, again, "testsuites", 0, 0, MXML_DESCEND),
                           "tests"),
        "4");
}

static void shards_of_a_run(void **state)
{
    _cleanup_(merge_free) struct merge *merge = NULL;
    _cleanup_free_ char *text = NULL;

    (void)state;
    merge_write_run("1.xml", "kernel\t6.1\nshard\t1/3\n", "a\tv4\tbats\t1\n",
                    "1..1\nok 1 CN-1 x\n");
    merge_write_run("3.xml", "kernel\t6.1\nshard\t3/3\n", "a\tv4\tbats\t1\n",
                    "1..1\nnot ok 1 CN-2 z\n");
    assert_int_equal(merge_new(&merge), 0);
    assert_int_equal(merge_add_file(merge, "3.xml"), 0);
    assert_int_equal(merge_add_file(merge, "1.xml"), 0);
    assert_int_equal(merge_add_file(merge, "1.xml"), -EINVAL);
    assert_non_null(strstr(log_last_error(), "shard 1/3 of kernel '6.1' is there already"));
    assert_int_equal(merge_finish(merge), 0);
    text = merge_text(merge);
    assert_string_equal(text, "kernel  passed  failed  skipped\n"
                              "6.1          1       1        0\n"
                              "MISSING shard 2/3 of 6.1\n"
                              "1 passed, 1 failed, 0 skipped\n");
    assert_int_equal(merge_exit_code(merge, false), 1);
}

/* Nothing failed, and yet it is no success. */
static void a_missing_shard(void **state)
{
    _cleanup_(merge_free) struct merge *merge = NULL;

    (void)state;
    merge_write_run("1.xml", "kernel\t6.1\nshard\t1/2\n", "a\tv4\tbats\t1\n", "1..1\nok 1 x\n");
    assert_int_equal(merge_new(&merge), 0);
    assert_int_equal(merge_add_file(merge, "1.xml"), 0);
    assert_int_equal(merge_finish(merge), 0);
    assert_int_equal(merge_exit_code(merge, false), 1);
}

#define SUITES(inside)                                                                             \
    "<?xml version=\"1.0\"?><testsuites name=\"waypost\"><testsuite name=\"a\">" inside            \
    "</testsuite></testsuites>"
#define SHARD(shard)                                                                               \
    SUITES("<properties><property name=\"shard\" value=\"" shard "\"/></properties>")

static void hostile_files(void **state)
{
    static const struct {
        const char *text, *said;
    } files[] = {
        {"", "is not XML"},
        {"no xml at all", "is not "},
        {"<?xml version=\"1.0\"?><html/>", "is not a JUnit file of waypost"},
        {"<?xml version=\"1.0\"?><testsuites name=\"junit\"/>", "is not a JUnit file of waypost"},
        {"<?xml version=\"1.0\"?><testsuites name=\"waypost\"/>", "has no test suite in it"},
        {SUITES("<testcase name=\"x\"/>"), "has a test without a name"},
        {SHARD("0/3"), "its shard is '0/3'"},
        {SHARD("4/3"), "its shard is '4/3'"},
        {SHARD("1/3x"), "its shard is '1/3x'"},
        {SHARD("1/9999"), "its shard is '1/9999'"},
        {SHARD("-1/2"), "its shard is '-1/2'"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        _cleanup_(merge_free) struct merge *merge = NULL;

        fixture_write(merge_dir, "bad.xml", files[i].text);
        assert_int_equal(merge_new(&merge), 0);
        assert_int_equal(merge_add_file(merge, "bad.xml"), -EINVAL);
        assert_non_null(strstr(log_last_error(), files[i].said));
    }
}

/* As `waypost merge` does it. */
static void a_child_merges(void **state)
{
    _cleanup_free_ char *path = merge_path("bad.xml");
    char *paths[] = {path, NULL};
    struct merged merged = {};

    (void)state;
    fixture_write(merge_dir, "bad.xml", SUITES("<testcase classname=\"a\" name=\"x\"/>"));
    assert_int_equal(merge_files(paths, false, &merged), 0);
    assert_int_equal(merged.exit_code, 0);
    assert_non_null(strstr((const char *)memory_files_find(&merged.results, MERGED_TEXT)->bytes,
                           "1 passed, 0 failed, 0 skipped\n"));
    assert_non_null(memory_files_find(&merged.results, MERGED_JUNIT));
    memory_files_free(&merged.results);
    fixture_write(merge_dir, "bad.xml", SHARD("0/3"));
    assert_int_equal(merge_files(paths, false, &merged), -EINVAL);
    assert_non_null(strstr(log_last_error(), "its shard is '0/3'"));
    assert_int_equal(merged.results.n, 0);
}

static void not_a_file(void **state)
{
    _cleanup_(merge_free) struct merge *merge = NULL;

    (void)state;
    assert_int_equal(merge_new(&merge), 0);
    assert_int_equal(merge_add_file(merge, "nothing.xml"), -ENOENT);
    assert_int_equal(merge_add_path(merge, merge_dir), -EINVAL);
}

static void one_tap_stream(void **state)
{
    _cleanup_(run_free) struct run *run = NULL;
    _cleanup_free_ char *path = merge_path("all.tap");
    char text[1024];
    size_t length;
    FILE *file;

    (void)state;
    fixture_write(merge_dir, "facts", "kernel\t6.1\n");
    fixture_write(merge_dir, "plan", "a\tv4\tbats\t4\n");
    fixture_write(merge_dir, "ends", "a\tv4\texit\t1\t9\t\n");
    fixture_write(merge_dir, "a.v4.tap",
                  "1..4\nok 1 a # b\nok 2 s # skip why\nnot ok 3 f\n# one\n# two\n");
    assert_int_equal(run_read(merge_dir, false, &run), 0);
    assert_int_equal(tap_write(run, path), 0);
    file = fopen(path, "re");
    assert_non_null(file);
    length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    assert_string_equal(text, "TAP version 13\n1..4\n# kernel: 6.1\n"
                              "ok 1 - a: a \\# b [v4]\n"
                              "ok 2 - a: s [v4] # SKIP why\n"
                              "not ok 3 - a: f [v4]\n# one\n# two\n"
                              "not ok 4 - a: test without a result [v4]\n"
                              "# 1 of 4 planned tests have no result\n");
}

static void merge_quiet(enum log_level level, const char *message, void *data)
{
    (void)data;
    print_message("# %d: %s\n", level, message);
}

static int merge_set_up(void **state)
{
    (void)state;
    log_set_sink(merge_quiet, NULL);
    return mkdtemp(merge_dir) ? 0 : -1;
}

static int merge_tear_down(void **state)
{
    static const char *const names[] = {"facts",   "plan",    "ends",    "a.v4.tap",
                                        "old.xml", "new.xml", "all.xml", "bad.xml",
                                        "1.xml",   "3.xml",   "all.tap"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        fixture_write(merge_dir, names[i], NULL);
    return rmdir(merge_dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_side_by_side), cmocka_unit_test(shards_of_a_run),
        cmocka_unit_test(a_missing_shard),      cmocka_unit_test(hostile_files),
        cmocka_unit_test(a_child_merges),       cmocka_unit_test(not_a_file),
        cmocka_unit_test(one_tap_stream),
    };

    return cmocka_run_group_tests(tests, merge_set_up, merge_tear_down);
}
