// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/tests/capture.h"
#include "report/families.h"
#include "run/options.h"

struct options_case {
    struct capture capture;
    struct site site;
    struct options options;
};

static int setup(void **state)
{
    static struct options_case it;

    it = (struct options_case){.site = {.root = (char *)"/",
                                        .caller = (char *)"/usr",
                                        .build = (char *)"build",
                                        .suites = (char *)"/nowhere"}};
    unsetenv("WAYPOST_TIME_LIMIT");
    capture_start(&it.capture);
    *state = &it;
    return 0;
}

static int teardown(void **state)
{
    struct options_case *it = *state;

    options_clear(&it->options);
    capture_end(&it->capture);
    return 0;
}

/* The words of one line. */
static int read_line(struct options_case *it, enum options_verb verb, const char *line)
{
    _cleanup_free_ char *copy = strdup(line);
    char *words[16] = {NULL}, *at = NULL;
    int n = 0;

    for (char *word = strtok_r(copy, " ", &at); word; word = strtok_r(NULL, " ", &at))
        words[n++] = word;
    options_clear(&it->options);
    return options_read(&it->site, verb, n, words, &it->options);
}

static void options_and_patterns(void **state)
{
    struct options_case *it = *state;

    assert_int_equal(read_line(it, OPTIONS_SUITE,
                               "suite 010 --jobs 3 -j=4 --family v6 --family=mapped --fail-fast "
                               "--objects lib/ no-TLV --time-limit 7"),
                     0);
    assert_int_equal(it->options.patterns.n, 2);
    assert_string_equal(it->options.patterns.items[1], "no-TLV");
    assert_int_equal(it->options.side_by_side, 4);
    assert_int_equal(it->options.limit_s, 7);
    assert_int_equal(it->options.families, families_bit(FAMILY_V6) | families_bit(FAMILY_MAPPED));
    assert_true(it->options.fail_fast);
    assert_false(it->options.failed);
    assert_string_equal(it->options.objects, "/usr/lib");
}

static void refuses(struct options_case *it, enum options_verb verb, const char *line,
                    const char *said)
{
    assert_int_equal(read_line(it, verb, line), -EINVAL);
    assert_string_equal(it->capture.last, said);
}

static void mistakes_are_one_sentence(void **state)
{
    struct options_case *it = *state;

    refuses(it, OPTIONS_SUITE, "suite --jobs 0", "--jobs takes a number from 1, not '0'");
    refuses(it, OPTIONS_SUITE, "suite --jobs 3x", "--jobs takes a number from 1, not '3x'");
    refuses(it, OPTIONS_SUITE, "suite --jobs 100000", "--jobs takes a number from 1, not '100000'");
    refuses(it, OPTIONS_SUITE, "suite --tap", "option '--tap' needs a value; see ./run.sh --help");
    refuses(it, OPTIONS_SUITE, "suite --keep=yes",
            "'suite' does not take '--keep=yes'; see ./run.sh --help");
    refuses(it, OPTIONS_TEST, "test --family v4",
            "'test' does not take '--family'; see ./run.sh --help");
    refuses(it, OPTIONS_TEST, "test 010", "'test' does not take '010'; see ./run.sh --help");
    refuses(it, OPTIONS_SUITE, "suite --ids", "--ids needs --list");
    refuses(it, OPTIONS_SUITE, "suite --record-times --family v4",
            "--record-times needs a run of all suites");
    refuses(it, OPTIONS_VERIFIER, "verifier --record --objects lib",
            "the record is of the suite's own programs: --record without --objects");
}

static void the_environment_says_a_limit(void **state)
{
    struct options_case *it = *state;

    setenv("WAYPOST_TIME_LIMIT", "900", 1);
    assert_int_equal(read_line(it, OPTIONS_SUITE, "suite"), 0);
    assert_int_equal(it->options.limit_s, 900);
    assert_int_equal(read_line(it, OPTIONS_SUITE, "suite --time-limit 3"), 0);
    assert_int_equal(it->options.limit_s, 3);
    setenv("WAYPOST_TIME_LIMIT", "long", 1);
    refuses(it, OPTIONS_SUITE, "suite", "WAYPOST_TIME_LIMIT takes a number from 1, not 'long'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_and_patterns, setup, teardown),
        cmocka_unit_test_setup_teardown(mistakes_are_one_sentence, setup, teardown),
        cmocka_unit_test_setup_teardown(the_environment_says_a_limit, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
