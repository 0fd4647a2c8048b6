// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "common/tests/capture.h"
#include "place/lock.h"
#include "place/tests/fixture_state.h"

/* A child that holds the lab open in that way until it is killed. */
static pid_t hold(const char *name, int (*open_lab)(const char *, struct lab **))
{
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct lab *lab = NULL;

        if (open_lab(name, &lab) < 0)
            _exit(1);
        (void)!write(ready[1], "r", 1);
        for (;;)
            pause();
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static bool can_lock(const char *name, int operation)
{
    _cleanup_free_ char *path = fixture_in_lab(name, "lock");
    _cleanup_fclose_ FILE *file = fopen(path, "re");

    assert_non_null(file);
    return flock(fileno(file), operation | LOCK_NB) == 0;
}

static void users_share_and_changers_do_not(void **unused)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    pid_t pid;

    (void)unused;
    fixture_make_ready("locked");
    pid = hold("locked", lab_open);
    assert_true(can_lock("locked", LOCK_SH));
    assert_false(can_lock("locked", LOCK_EX));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    pid = hold("locked", lab_open_any);
    assert_false(can_lock("locked", LOCK_SH));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(lab_open("locked", &lab), 0);
    assert_int_equal(lab_lock(lab, LAB_LOCK_EXCLUSIVE), 0);
    assert_false(can_lock("locked", LOCK_SH));
    assert_int_equal(lab_lock(lab, LAB_LOCK_NONE), 0);
    assert_true(can_lock("locked", LOCK_EX));
    assert_int_equal(lab_forget(lab), 0);
}

/* Whoever waits for a lab gets it when the other is done, or hears that it is gone. */
static void a_waiter_gets_the_lab_or_hears_that_it_is_gone(void **unused)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int status;
    pid_t pid;

    (void)unused;
    fixture_make_ready("waited");
    for (int gone = 0; gone < 2; gone++) {
        assert_int_equal(lab_open_any("waited", &lab), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct lab *mine = NULL;
            struct capture said;

            close(lab->lock_fd); /* a lock belongs to the open file, which fork() shares */
            capture_start(&said);
            _exit(-lab_open("waited", &mine));
        }
        /* Either way is right, whether the child has begun to wait by now or not. */
        if (gone)
            assert_int_equal(lab_forget(lab), 0);
        lab_free(&lab);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), gone ? ENOENT : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_share_and_changers_do_not),
        cmocka_unit_test(a_waiter_gets_the_lab_or_hears_that_it_is_gone),
    };

    return cmocka_run_group_tests(tests, fixture_make_state, fixture_remove_state);
}
