// SPDX-License-Identifier: Apache-2.0
/* Files written whole, and trees removed. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "common/tree.h"
#include "common/whole_file.h"

static struct capture said;

static int setup(void **state)
{
    static char directory[64];

    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/waypost-files-test.XXXXXX");
    capture_start(&said);
    *state = mkdtemp(directory);
    return *state && chdir(directory) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    capture_end(&said);
    return chdir("/") == 0 ? tree_remove(*state) : -1;
}

static int write_word(FILE *file, const void *data)
{
    fputs(data, file);
    return 0;
}

static int write_half(FILE *file, const void *data)
{
    fputs(data, file);
    return -EPIPE;
}

static int write_to_full(FILE *file, const void *data)
{
    _cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)data;
    assert_true(full >= 0 && dup2(full, fileno(file)) >= 0);
    fputs("x", file);
    return 0;
}

static int count_files(void)
{
    glob_t files = {0};
    int n;

    n = glob("*", 0, NULL, &files) == 0 ? (int)files.gl_pathc : 0;
    globfree(&files);
    return n;
}

static void assert_file(const char *path, const char *expected)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    char text[64] = "";

    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof(text) - 1, file), strlen(expected));
    assert_string_equal(text, expected);
}

static void a_file_is_replaced_whole(void **state)
{
    (void)state;
    assert_int_equal(whole_file_write("file", write_word, "a long one"), 0);
    assert_int_equal(whole_file_write("file", write_word, "short"), 0);
    assert_file("file", "short");
    assert_int_equal(count_files(), 1);
}

static void a_write_that_fails_leaves_the_file_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(whole_file_write("file", write_word, "before"), 0);
    assert_int_equal(whole_file_write("file", write_half, "after"), -EPIPE);
    assert_string_equal(said.last, "cannot write 'file': Broken pipe");
    assert_file("file", "before");
    assert_int_equal(count_files(), 1);
    assert_int_equal(whole_file_write("absent/file", write_word, "x"), -ENOENT);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    assert_int_equal(whole_file_write("file", write_to_full, NULL), -ENOSPC);
    assert_non_null(strstr(said.last, "shortage: cannot write 'file': No space left on device; "));
    assert_int_equal(count_files(), 0);
}

static void a_tree_goes_with_all_that_is_in_it(void **state)
{
    (void)state;
    assert_int_equal(mkdir("tree", 0755), 0);
    assert_int_equal(mkdir("tree/a", 0755), 0);
    assert_int_equal(mkdir("tree/a/b", 0755), 0);
    assert_int_equal(whole_file_write("tree/a/b/file", write_word, "x"), 0);
    assert_int_equal(whole_file_write("tree/.hidden", write_word, "x"), 0);
    assert_int_equal(tree_remove("tree"), 0);
    assert_int_equal(access("tree", F_OK), -1);
    assert_int_equal(tree_remove("tree"), 0);
    assert_int_equal(said.messages, 0);
}

static void no_symbolic_link_is_followed(void **state)
{
    (void)state;
    assert_int_equal(mkdir("elsewhere", 0755), 0);
    assert_int_equal(whole_file_write("elsewhere/file", write_word, "stays"), 0);
    assert_int_equal(mkdir("tree", 0755), 0);
    assert_int_equal(symlink("../elsewhere", "tree/link"), 0);
    assert_int_equal(symlink("elsewhere", "link"), 0);
    assert_int_equal(tree_remove("tree"), 0);
    assert_int_equal(tree_remove("link"), 0);
    assert_int_equal(access("tree", F_OK), -1);
    assert_file("elsewhere/file", "stays");
}

/* A name that is no directory's: what is below a file cannot be removed. */
static void what_cannot_be_removed_is_said(void **state)
{
    (void)state;
    assert_int_equal(whole_file_write("file", write_word, "x"), 0);
    assert_int_equal(tree_remove("file/below"), -ENOTDIR);
    assert_string_equal(said.last, "cannot remove 'file/below': Not a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_replaced_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_leaves_the_file_and_nothing_else, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tree_goes_with_all_that_is_in_it, setup, teardown),
        cmocka_unit_test_setup_teardown(no_symbolic_link_is_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_removed_is_said, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
