// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/patience.h"
#include "common/tests/capture.h"
#include "common/tests/crowd.h"

#define MS 1000000LL

/* How long a wait for what never comes lasted, in ms; *r is its outcome. */
static int64_t wait_for_nothing(int64_t ms, int *r)
{
    _cleanup_close_ int fd = eventfd(0, EFD_CLOEXEC);
    int64_t start = clock_ns();
    struct patience p;

    patience_start(&p, ms);
    *r = patience_wait(fd, POLLIN, -1, &p);
    return (clock_ns() - start) / MS;
}

/* -- The tests ------------------------------------------------------------------------------- */

static void what_is_there_is_not_waited_for(void **state)
{
    _cleanup_close_ int fd = eventfd(1, EFD_CLOEXEC);
    struct patience p;

    (void)state;
    patience_start(&p, 60000);
    assert_int_equal(patience_wait(fd, POLLIN, -1, &p), POLLIN);
}

static void a_wait_is_broken_off(void **state)
{
    _cleanup_close_ int fd = eventfd(0, EFD_CLOEXEC), wake = eventfd(1, EFD_CLOEXEC);
    struct patience p;

    (void)state;
    patience_start(&p, 60000);
    assert_int_equal(patience_wait(fd, POLLIN, wake, &p), -ECANCELED);
}

/* Whatever else runs: it is never shorter than asked for, nor longer than twenty times that. */
static void what_never_comes_ends_at_the_deadline(void **state)
{
    int r;
    int64_t ms = wait_for_nothing(100, &r);

    (void)state;
    assert_true(ms >= 100);
    if (r == -PATIENCE_STARVED)
        skip(); /* somebody else's load */
    assert_int_equal(r, -ETIME);
}

static void time_without_a_turn_does_not_count(void **state)
{
    struct crowd crowd;
    int64_t ms;
    int r;

    (void)state;
    crowd_gather(&crowd, 12); /* a share of a sixth */
    ms = wait_for_nothing(100, &r);
    crowd_disperse(&crowd);
    assert_true(r == -ETIME || r == -PATIENCE_STARVED);
    assert_true(ms >= 550);
}

/* It has waited for most of what it may when the crowd comes. */
static void a_starved_wait_is_no_verdict(void **state)
{
    _cleanup_close_ int fd = eventfd(0, EFD_CLOEXEC);
    struct crowd crowd;
    struct patience p;
    int r;

    (void)state;
    patience_start(&p, 300);
    p.started_ns -= PATIENCE_FACTOR * 300 * MS - 1000 * MS;
    crowd_gather(&crowd, 60); /* a thirtieth: of the last second 33 ms count */
    r = patience_wait(fd, POLLIN, -1, &p);
    crowd_disperse(&crowd);
    assert_int_equal(r, -PATIENCE_STARVED);
    assert_true(clock_ns() - p.started_ns >= PATIENCE_FACTOR * 300 * MS);
}

/* Twenty times its quiet value is over after one standstill, and it has not had one look's time. */
static void a_standstill_does_not_end_a_short_wait(void **state)
{
    struct patience p;

    (void)state;
    patience_start(&p, 101); /* more than one look */
    p.started_ns -= PATIENCE_LEAST_NS - 500 * MS;
    atomic_store(&p.looked_ns, p.started_ns);
    assert_int_equal(patience_look(&p), 0);
    p.started_ns -= 500 * MS;
    assert_int_equal(patience_outcome(&p), -PATIENCE_STARVED);
}

/* A process that was stopped, a machine that was suspended: one look. */
static void a_standstill_counts_as_one_look(void **state)
{
    struct patience p;

    (void)state;
    patience_start(&p, 3600 * 1000);
    atomic_store(&p.looked_ns, clock_ns() - 1000000 * MS);
    assert_int_equal(patience_look(&p), 0);
    assert_true(atomic_load(&p.counted_ns) <= PATIENCE_LOOK_NS);
}

static void a_blocking_call_is_broken_off_for_a_look(void **state)
{
    int fds[2], sent = 0;
    char bytes[4096] = {0};

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(patience_for_socket(fds[0], PATIENCE_CALL_MS), 0);
    while (sent >= 0)
        sent = (int)send(fds[0], bytes, sizeof(bytes), 0);
    assert_int_equal(errno, EAGAIN);
    close(fds[0]);
    close(fds[1]);
}

static void it_says_what_it_could_not_decide(void **state)
{
    struct capture capture;
    struct patience p;

    (void)state;
    patience_start(&p, 5000);
    capture_start(&capture);
    assert_int_equal(patience_say(&p, "the flow from pod 'a'"), -PATIENCE_STARVED);
    capture_end(&capture);
    assert_non_null(strstr(capture.last, PATIENCE_WORD "the flow from pod 'a': in 0.0 s of waiting "
                                                       "it had its turn for 0.00 of 5.00 s ("));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_not_waited_for),
        cmocka_unit_test(a_wait_is_broken_off),
        cmocka_unit_test(what_never_comes_ends_at_the_deadline),
        cmocka_unit_test(time_without_a_turn_does_not_count),
        cmocka_unit_test(a_starved_wait_is_no_verdict),
        cmocka_unit_test(a_standstill_does_not_end_a_short_wait),
        cmocka_unit_test(a_standstill_counts_as_one_look),
        cmocka_unit_test(a_blocking_call_is_broken_off_for_a_look),
        cmocka_unit_test(it_says_what_it_could_not_decide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
