// SPDX-License-Identifier: Apache-2.0
/* The command line of `run.sh vm`: what of it goes into the machine, and under which names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "vm/command_line.h"

#define WORDS_MAX 16

static void say_nothing(enum log_level level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

/* The words of `text`, behind "vm". They stay valid until the next call. */
static int read_line(const char *text, struct command_line *out)
{
    static char words[512];
    static struct site site = {.root = (char *)"/", .caller = (char *)"/", .suites = (char *)"/"};
    char *argv[WORDS_MAX] = {(char *)"vm"}, *rest = words;
    int argc = 1;

    snprintf(words, sizeof(words), "%s", text);
    while (argc < WORDS_MAX - 1 && (argv[argc] = strsep(&rest, " ")))
        argc++;
    argv[argc] = NULL;
    return command_line_read(&site, argc, argv, out);
}

static void assert_words(const struct strings *words, const char *expected)
{
    char joined[512] = "";

    for (size_t i = 0; i < words->n; i++) {
        size_t length = strlen(joined);

        snprintf(joined + length, sizeof(joined) - length, "%s%s", i ? " " : "", words->items[i]);
    }
    assert_string_equal(joined, expected);
}

static void test_options_end_at_the_verb(void **state)
{
    _cleanup_(command_line_clear) struct command_line line = {0};

    (void)state;
    assert_int_equal(read_line("--kernel 6.1,6.12 --accel=tcg --jobs 2 exec ls --jobs", &line), 0);
    assert_string_equal(line.names, "6.1,6.12");
    assert_string_equal(line.accelerator, "tcg");
    assert_int_equal(line.side_by_side, 2);
    assert_int_equal(line.verb, VM_EXEC);
    assert_words(&line.guest, "exec ls --jobs");
}

static void test_without_a_verb_it_is_the_suites(void **state)
{
    _cleanup_(command_line_clear) struct command_line line = {0};

    (void)state;
    assert_int_equal(read_line("--boot-limit=5", &line), 0);
    assert_int_equal(line.verb, VM_SUITE);
    assert_int_equal(line.boot_limit_s, 5);
    assert_int_equal(line.run_limit_s, 1200);
    assert_words(&line.guest, "suite");
    assert_words(&line.host, "");
}

static void test_files_have_other_names_inside(void **state)
{
    _cleanup_(command_line_clear) struct command_line line = {0};

    (void)state;
    assert_int_equal(read_line("suite 010 --junit /tmp/waypost-none.xml --objects /usr/lib/ "
                               "--tap=/tmp/waypost-none.tap --expect /etc/passwd --jobs 3",
                               &line),
                     0);
    assert_words(&line.guest, "suite 010 --objects=/waypost/.vm/objects/lib "
                              "--expect=/waypost/.vm/expect.txt --jobs 3");
    assert_words(&line.host, "010 --objects /usr/lib/ --expect /etc/passwd --jobs 3");
    assert_string_equal(line.options.junit, "/tmp/waypost-none.xml");
}

static void test_mistakes(void **state)
{
    static const char *const texts[] = {"--accel hvf suite",        "--memory 0 suite", "--kernel",
                                        "--dry-run=yes suite",      "suite --list",     "exec",
                                        "suite --plant /etc/passwd"};

    (void)state;
    log_set_sink(say_nothing, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        _cleanup_(command_line_clear) struct command_line line = {0};

        assert_int_equal(read_line(texts[i], &line), -EINVAL);
    }
    log_set_sink(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_end_at_the_verb),
        cmocka_unit_test(test_without_a_verb_it_is_the_suites),
        cmocka_unit_test(test_files_have_other_names_inside),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
