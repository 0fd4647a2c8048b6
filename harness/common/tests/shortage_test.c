// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Takes a capability from this process, a child of the test. */
static void lose(unsigned bit)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {};

    if (syscall(SYS_capget, &header, has) < 0)
        _exit(100);
    has[0].effective &= ~(1U << bit);
    if (syscall(SYS_capset, &header, has) < 0)
        _exit(101);
}

/* Whether EPERM is a shortage that names `name`, in a child without the capability. */
static int without(unsigned bit, const char *name)
{
    char text[SHORTAGE_TEXT_MAX];
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        lose(bit);
        if (!shortage_is(EPERM) || !shortage_of_rights())
            _exit(1);
        _exit(strstr(shortage_remedy(EPERM, text), name) ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void root_without_its_rights_is_short_of_them(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_false(shortage_is(EPERM));
    assert_int_equal(without(CAP_NET_ADMIN, "has not got CAP_NET_ADMIN here"), 0);
    assert_int_equal(without(CAP_SYS_ADMIN, "has not got CAP_SYS_ADMIN here"), 0);
    assert_int_equal(without(CAP_NET_RAW, "has not got CAP_NET_RAW here"), 0);
    assert_int_equal(without(CAP_SYS_NICE, ""), 1);
}

static void root_of_a_user_namespace_has_no_rights_over_the_machine(void **state)
{
    char text[SHORTAGE_TEXT_MAX];
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        int fd;

        if (geteuid() != 0 || unshare(CLONE_NEWUSER) < 0)
            _exit(77);
        fd = open("/proc/self/uid_map", O_WRONLY);
        if (write(fd, "0 0 1", 5) != 5 || geteuid() != 0)
            _exit(1);
        _exit(shortage_is(EPERM) && strstr(shortage_remedy(EPERM, text), "user namespace") ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
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
        cmocka_unit_test(root_without_its_rights_is_short_of_them),
        cmocka_unit_test(root_of_a_user_namespace_has_no_rights_over_the_machine),
        cmocka_unit_test_setup_teardown(a_shortage_is_said_with_how_much_there_is, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
