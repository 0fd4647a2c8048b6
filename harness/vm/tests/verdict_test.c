// SPDX-License-Identifier: Apache-2.0
/* What becomes of a machine: one word for all that is known of it, and never "ended" without an
 * exit code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/tree.h"
#include "vm/verdict.h"

static char test_dir[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(test_dir, sizeof(test_dir), "/tmp/waypost-verdict.XXXXXX");
    return mkdtemp(test_dir) ? 0 : -1;
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

    snprintf(path, sizeof(path), "%s/%s", test_dir, name);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static struct verdict_facts silent(void)
{
    return (struct verdict_facts){
        .dir = test_dir, .exit_code = -1, .boot_limit_s = 60, .run_limit_s = 1200};
}

static void assert_verdict(const struct verdict_facts *facts, const char *word, const char *detail)
{
    struct verdict verdict;

    verdict_find(facts, &verdict);
    assert_string_equal(verdict.word, word);
    assert_string_equal(verdict.detail, detail);
    assert_int_equal(verdict.exit_code, strcmp(word, "ended") == 0 ? facts->exit_code : -1);
}

static void test_ended(void **state)
{
    struct verdict_facts facts = silent();

    (void)state;
    facts.exit_code = 1;
    assert_verdict(&facts, "ended", "");
    write_file("output", "first\nrun.sh: no such thing\r\n\n");
    facts.exit_code = 2;
    assert_verdict(&facts, "ended", "exit 2: run.sh: no such thing");
}

static void test_what_a_kernel_lacks_counts_more_than_its_exit_code(void **state)
{
    struct verdict_facts facts = silent();

    (void)state;
    facts.exit_code = 0;
    strcpy(facts.out_of_memory, "3");
    assert_verdict(&facts, "out-of-memory", "the kernel killed 3 processes for want of memory");
    strcpy(facts.lacks, "ipv6: none");
    assert_verdict(&facts, "lacks", "ipv6: none");
}

static void test_late_or_hung(void **state)
{
    struct verdict_facts facts = silent();

    (void)state;
    write_file("console", "loading\n\033[0m\r\n");
    write_file("output", "begun\n");
    facts.is_late = true;
    facts.qemu_code = 137;
    assert_verdict(&facts, "hung", "not ready within 60 s; last on the console: [0m");
    facts.phase = VERDICT_SUITE;
    assert_verdict(&facts, "late", "not done within 1200 s; last: begun");
}

static void test_a_panic_is_found_on_the_console(void **state)
{
    struct verdict_facts facts = silent();

    (void)state;
    write_file("console", "x\n[ 1.2] Kernel panic - not syncing: why\nmore\n");
    facts.is_late = true;
    assert_verdict(&facts, "panicked", "[ 1.2] Kernel panic - not syncing: why");
    facts.exit_code = 0;
    assert_verdict(&facts, "ended", "");
}

static void test_qemu_died_or_silent(void **state)
{
    struct verdict_facts facts = silent();

    (void)state;
    assert_verdict(&facts, "silent", "it was switched off, and there is no exit code");
    write_file("qemu.err", "qemu: no such image\n");
    facts.qemu_code = 1;
    assert_verdict(&facts, "qemu-died", "with 1: qemu: no such image");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_kernel_lacks_counts_more_than_its_exit_code,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late_or_hung, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_panic_is_found_on_the_console, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_qemu_died_or_silent, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
