// SPDX-License-Identifier: Apache-2.0
/* When a job is given up, with clocks that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run/watch.h"

#define S 1000000000LL

/* A group of one process, which waits for a signal, or computes and then waits. */
static pid_t start(double computes_s)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        while ((double)clock() / CLOCKS_PER_SEC < computes_s)
            continue;
        pause();
        _exit(0);
    }
    assert_true(pid > 0);
    setpgid(pid, pid);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Until it has computed for so many seconds. */
static void wait_computed(pid_t pid, double computes_s)
{
    clockid_t clock;
    struct timespec ran = {0};

    assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
    while ((double)ran.tv_sec + (double)ran.tv_nsec / 1e9 < computes_s)
        assert_int_equal(clock_gettime(clock, &ran), 0);
}

static void expect(struct watch *watch, pid_t pid, double now_s, double machine_s,
                   enum watch_verdict verdict, long seconds)
{
    enum watch_verdict said;
    long had;

    assert_int_equal(watch_look(watch, pid, "WAYPOST_JOB=nobody", (int64_t)(now_s * 1e9),
                                (int64_t)(machine_s * 1e9), &said, &had),
                     0);
    assert_int_equal(said, verdict);
    if (verdict != WATCH_GOES_ON)
        assert_int_equal(had, seconds);
}

static void one_that_waits_stands(void **state)
{
    pid_t pid = start(0);
    struct watch watch;

    (void)state;
    watch_start(&watch, 10, false, 0, 0);
    expect(&watch, pid, 6, 6, WATCH_GOES_ON, 0);
    expect(&watch, pid, 9.9, 9.9, WATCH_GOES_ON, 0);
    expect(&watch, pid, 10, 10, WATCH_STANDS, 10);
    watch_move(&watch, 10 * S);
    expect(&watch, pid, 15, 15, WATCH_GOES_ON, 0);
    expect(&watch, pid, 19.9, 19.9, WATCH_GOES_ON, 0);
    expect(&watch, pid, 20, 20, WATCH_STANDS, 10);
    end(pid);
}

static void what_the_machine_had_no_time_for_does_not_count(void **state)
{
    pid_t pid = start(0);
    struct watch watch;

    (void)state;
    watch_start(&watch, 10, false, 0, 0);
    expect(&watch, pid, 100, 5, WATCH_GOES_ON, 0);
    expect(&watch, pid, 199, 9.9, WATCH_GOES_ON, 0);
    expect(&watch, pid, 200, 9.9, WATCH_STARVED, 200);
    end(pid);
}

static void one_that_computes_gets_on(void **state)
{
    pid_t pid = start(0.5);
    struct watch watch;

    (void)state;
    watch_start(&watch, 10, false, 0, 0);
    expect(&watch, pid, 5, 5, WATCH_GOES_ON, 0);
    wait_computed(pid, 0.4);
    expect(&watch, pid, 10, 10, WATCH_GOES_ON, 0);
    expect(&watch, pid, 19.9, 19.9, WATCH_GOES_ON, 0);
    wait_computed(pid, 0.5);
    watch_move(&watch, 20 * S);
    expect(&watch, pid, 25, 25, WATCH_GOES_ON, 0);
    expect(&watch, pid, 30, 30, WATCH_STANDS, 10);
    end(pid);
}

static void what_bats_left_behind_gets_nowhere(void **state)
{
    pid_t pid = start(0.5);
    struct watch watch;

    (void)state;
    watch_start(&watch, 10, true, 0, 0);
    expect(&watch, pid, 5, 5, WATCH_GOES_ON, 0);
    wait_computed(pid, 0.4);
    expect(&watch, pid, 10, 10, WATCH_STANDS, 10);
    end(pid);
}

static void nothing_goes_on_for_ever(void **state)
{
    struct watch watch;

    (void)state;
    watch_start(&watch, 10, false, 0, 0);
    watch_move(&watch, 199 * S);
    expect(&watch, getpid(), 199.9, 199.9, WATCH_GOES_ON, 0);
    expect(&watch, getpid(), 200, 200, WATCH_TOTAL_UP, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_waits_stands),
        cmocka_unit_test(what_the_machine_had_no_time_for_does_not_count),
        cmocka_unit_test(one_that_computes_gets_on),
        cmocka_unit_test(what_bats_left_behind_gets_nowhere),
        cmocka_unit_test(nothing_goes_on_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
