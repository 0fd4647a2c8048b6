// SPDX-License-Identifier: Apache-2.0
/* A flow whose witness lost events says so: with the suite's own witnesses, in a pod of a lab. */
#include "lab/tests/witness_fixture.h"

#include <arpa/inet.h>
#include <sys/mman.h>

#include "agent/hooks.h"
#include "witness/log.h"

/* In the pod's namespace, to which the test itself moves. */
static struct hooks *hooks_of(const struct lab *lab, const char *pod)
{
    struct hooks *hooks = NULL;
    int fd = -1;

    assert_int_equal(net_enter(lab, pod), 0);
    assert_int_equal(witness_open_ring(lab, topology_pod(lab->topology, pod), &fd), 0);
    assert_int_equal(hooks_new(fd, &hooks), 0);
    return hooks;
}

static void expect_lost(const struct hooks_seen *seen, json_int_t lost)
{
    _cleanup_json_ json_t *described = hooks_describe(seen);

    assert_int_equal(json_integer_value(json_object_get(described, "lost")), lost);
}

/* Each call is seen before the programs and after them. */
static void events_that_nobody_read_are_lost(void **state)
{
    struct lab *lab = witnessed_lab();
    _cleanup_(hooks_free) struct hooks *hooks = hooks_of(lab, "a");
    struct hooks_seen seen = {};

    (void)state;
    hooks_begin(hooks, 1, &seen);
    call("a", "10.1.1.1:80", 100);
    hooks_take(hooks, 1, &seen);
    expect_lost(&seen, 200 - WITNESS_LOG_EVENTS);
}

/* Two flows at a time are told, whichever of them reads. */
static void every_flow_of_the_time_is_told(void **state)
{
    struct lab *lab = witnessed_lab();
    _cleanup_(hooks_free) struct hooks *hooks = hooks_of(lab, "a");
    struct hooks_seen one = {}, two = {};

    (void)state;
    hooks_begin(hooks, 1, &one);
    hooks_begin(hooks, 2, &two);
    call("a", "10.1.1.1:80", 100);
    hooks_take(hooks, 1, &one);
    hooks_take(hooks, 2, &two);
    expect_lost(&one, 200 - WITNESS_LOG_EVENTS);
    expect_lost(&two, 200 - WITNESS_LOG_EVENTS);
}

static void what_was_lost_before_is_no_flows(void **state)
{
    struct lab *lab = witnessed_lab();
    _cleanup_(hooks_free) struct hooks *hooks = hooks_of(lab, "a");
    struct hooks_seen seen = {};

    (void)state;
    call("a", "10.1.1.1:80", 100);
    hooks_begin(hooks, 1, &seen);
    call("a", "10.1.1.1:80", 1);
    hooks_take(hooks, 1, &seen);
    expect_lost(&seen, 0);
}

/* One socket, ten connects: the cookie comes back in shared memory. */
static int connect_again_and_again(void *data)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(0x0a010101)}};
    _cleanup_close_ int fd = -1;
    socklen_t length = sizeof(uint64_t);

    if (net_enter(&fixture.lab, "a") < 0)
        return 1;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_COOKIE, data, &length) < 0)
        return 2;
    for (int i = 0; i < 10; i++)
        if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
            return 3;
    return 0;
}

static void what_there_is_no_room_for_is_lost(void **state)
{
    struct lab *lab = witnessed_lab();
    _cleanup_(hooks_free) struct hooks *hooks = hooks_of(lab, "a");
    uint64_t *cookie =
        mmap(NULL, sizeof(*cookie), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct hooks_seen seen = {};

    (void)state;
    assert_true(cookie != MAP_FAILED);
    hooks_begin(hooks, 1, &seen);
    assert_int_equal(fixture_in_pod("a", connect_again_and_again, cookie), 0);
    hooks_take(hooks, *cookie, &seen);
    munmap(cookie, sizeof(*cookie));
    assert_int_equal(seen.n, HOOKS_FLOW);
    expect_lost(&seen, 20 - HOOKS_FLOW);
}

static void without_witnesses_nothing_is_lost(void **state)
{
    _cleanup_(hooks_free) struct hooks *hooks = NULL;
    struct hooks_seen seen = {};

    (void)state;
    assert_int_equal(hooks_new(-1, &hooks), 0);
    hooks_begin(hooks, 1, &seen);
    hooks_take(hooks, 1, &seen);
    expect_lost(&seen, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(events_that_nobody_read_are_lost, witnessed_down),
        cmocka_unit_test_teardown(every_flow_of_the_time_is_told, witnessed_down),
        cmocka_unit_test_teardown(what_was_lost_before_is_no_flows, witnessed_down),
        cmocka_unit_test_teardown(what_there_is_no_room_for_is_lost, witnessed_down),
        cmocka_unit_test(without_witnesses_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, private_run, NULL);
}
