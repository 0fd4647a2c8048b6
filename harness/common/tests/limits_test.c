// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/limits.h"

static const char *said(const char *text, char why[LIMITS_TEXT_MAX])
{
    char path[] = "/tmp/waypost-limits.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    limits_said(path, why);
    unlink(path);
    return why;
}

static void bash_that_cannot_fork_is_a_shortage_and_no_other_line(void **state)
{
    char why[LIMITS_TEXT_MAX];

    (void)state;
    said("x\n/usr/bin/bats: fork: retry: Resource temporarily unavailable\n", why);
    assert_non_null(strstr(why, "shortage: a process could not be started: the user may have "));
    assert_non_null(strstr(why, "`ulimit -u`"));
    assert_string_equal(said("bats: fork: Cannot allocate memory\n", why), "");
    assert_string_equal(said("connect: Resource temporarily unavailable\n", why), "");
    assert_string_equal(limits_said("/nowhere", why), "");
}

static void what_rose_since_then_is_said_and_nothing_else(void **state)
{
    char why[LIMITS_TEXT_MAX];
    struct limits now;

    (void)state;
    limits_look(&now);
    assert_true(now.killed >= 0);
    assert_string_equal(limits_hit(&now, why), "");
    now.killed = -1; /* was not known */
    now.forks = -1;
    assert_string_equal(limits_hit(&now, why), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bash_that_cannot_fork_is_a_shortage_and_no_other_line),
        cmocka_unit_test(what_rose_since_then_is_said_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
