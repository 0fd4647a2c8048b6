// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"
#include "common/tests/capture.h"

static int setup(void **state)
{
    static struct capture capture;

    capture_start(&capture);
    *state = &capture;
    return 0;
}

static int teardown(void **state)
{
    capture_end(*state);
    return 0;
}

static void what_the_machine_lacks_is_told_from_a_verdict(void **state)
{
    static const int machine[] = {EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC, EDQUOT, EROFS};
    static const int other[] = {0, EINVAL, EACCES, E2BIG, ENOENT, EBUSY, ECONNREFUSED, EOPNOTSUPP};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(machine); i++) {
        char text[SHORTAGE_TEXT_MAX];

        assert_true(shortage_is(machine[i]) && shortage_is(-machine[i]));
        assert_true(shortage_is_of_bpf(-machine[i]));
        assert_true(strlen(shortage_remedy(-machine[i], text)) > 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(other); i++)
        assert_false(shortage_is(-other[i]) || shortage_is_of_bpf(-other[i]));
}

/* Everywhere else it is an answer: of a datapath that refuses a connection, for one. */
static void a_right_that_is_missing_is_a_shortage_of_bpf_only(void **state)
{
    const struct capture *c = *state;

    assert_int_equal(err_r(EPERM, "cannot connect"), -EPERM);
    assert_string_equal(c->last, "cannot connect: Operation not permitted");
    assert_int_equal(err_bpf(-EPERM, "cannot load 'x'"), -EPERM);
    assert_non_null(strstr(c->last, "shortage: cannot load 'x': Operation not permitted; be root"));
}

static void a_shortage_is_said_with_how_much_there_is(void **state)
{
    const struct capture *c = *state;
    struct rlimit before, few;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_int_equal(err_r(EMFILE, "cannot open '%s'", "x"), -EMFILE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_string_equal(c->last, "shortage: cannot open 'x': Too many open files; a process may "
                                 "have 64 files open here: `ulimit -n 4096`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_machine_lacks_is_told_from_a_verdict, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_right_that_is_missing_is_a_shortage_of_bpf_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_shortage_is_said_with_how_much_there_is, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
