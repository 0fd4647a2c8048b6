// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/tests/capture.h"
#include "common/tree.h"

static struct capture said;
static char directory[64];

static int setup(void **state)
{
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/waypost-lock-test.XXXXXX");
    capture_start(&said);
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    capture_end(&said);
    return chdir("/") == 0 ? tree_remove(directory) : -1;
}

/* A process that holds the lock until it is killed. */
static pid_t somebody_holds(const char *path)
{
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);

        if (fd < 0 || flock(fd, LOCK_EX) < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void a_lock_that_is_held_says_by_whom_and_ends(void **state)
{
    pid_t pid = somebody_holds("lock");
    char expected[128];

    (void)state;
    assert_int_equal(lock_open("lock", 50), -EBUSY);
    snprintf(expected, sizeof(expected),
             "'lock' has been locked for over 0 s by process %d (common-lock_tes): ", (int)pid);
    assert_int_equal(strncmp(said.last, expected, strlen(expected)), 0);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_lock_that_is_let_go_is_taken(void **state)
{
    pid_t pid = somebody_holds("lock");
    int fd;

    (void)state;
    kill(pid, SIGKILL);
    fd = lock_open("lock", 30000);
    assert_true(fd >= 0);
    assert_int_equal(lock_holder(fd), getpid());
    close(fd);
    waitpid(pid, NULL, 0);
}

static void nobody_else_can_open_it(void **state)
{
    struct stat st;
    int fd;

    (void)state;
    fd = open("lock", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0 && fchmod(fd, 0644) == 0);
    close(fd);
    fd = lock_open("lock", 1000);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    close(fd);
    assert_int_equal(symlink("lock", "link"), 0);
    assert_int_equal(lock_open("link", 1000), -ELOOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lock_that_is_held_says_by_whom_and_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lock_that_is_let_go_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_else_can_open_it, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
