// SPDX-License-Identifier: Apache-2.0
/* Flows that wait for what never comes, on a machine that has time and on one that has none. */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/tests/agents.h"
#include "common/patience.h"
#include "common/shortage.h"
#include "common/tests/capture.h"
#include "common/tests/load.h"

static void a_deadline_is_told_from_a_timeout(void **state)
{
    static const char *const waits[] = {
        "'socket': 'e', 'end': 'keep', 'receive': 'eof'",
        "'socket': 'f', 'end': 'keep', 'receive': 'eof', 'bytes': 100000",
        "'end': 'close', 'receive': 1, 'nonblocking': true",
    };

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
        _cleanup_json_ json_t *flow =
            ask(&client, "{'op': 'flow', 'to': '%s', 'deadline_ms': 50, %s}",
                to_server("v4", PORT_SINK), waits[i]);

        expect_error(flow, "ETIMEDOUT", "receive");
        assert_true(json_is_true(at(flow, "client.deadline")));
        assert_true(number_at(flow, "client.elapsed_us") >= 50000);
    }
}

/* An echo that nobody reads fills every buffer. */
static void a_send_has_a_deadline(void **state)
{
    static const char *const some[] = {"send", "splice", "sendfile", "zerocopy", "io_uring"};

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
        _cleanup_json_ json_t *flow =
            ask(&client,
                "{'op': 'flow', 'to': '%s', 'send': '%s', 'bytes': 100000000, 'end': 'close',"
                " 'deadline_ms': 300}",
                to_server("v4", PORT_ECHO), some[i]);

        if (lacks_uring(some[i], flow))
            continue;
        expect_error(flow, "ETIMEDOUT", "send");
        assert_true(json_is_true(at(flow, "client.deadline")));
    }
}

/* The flow waits for what never comes, as above, but nobody had a turn. Nor is it known then what a
 * listener saw. Twenty times 250 ms are the least that a wait may last. */
static void on_a_starved_machine_nobody_can_say(void **state)
{
    static const char *const waits[] = {
        "{'op': 'flow', 'to': '%s', 'deadline_ms': 250, 'end': 'close', 'receive': 1}",
        "{'op': 'flow', 'to': '%s', 'deadline_ms': 250, 'bytes': 100000000, 'end': 'close'}",
        "{'op': 'accepted', 'peer': '%s', 'deadline_ms': 250}",
    };
    int outcome[ARRAY_SIZE(waits)];
    struct capture capture;

    (void)state;
    fixture_need_root();
    load_plant();
    capture_start(&capture);
    for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
        outcome[i] =
            ask_outcome(&client, waits[i], to_server("v4", i == 1 ? PORT_ECHO : PORT_SINK));
    capture_end(&capture);
    load_remove();
    for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
        assert_int_equal(outcome[i], -PATIENCE_STARVED);
    assert_non_null(strstr(capture.last, PATIENCE_WORD "what the listener saw: in "));
}

/* The limit with which a process can open `n` more. */
static rlim_t limit_for_more(pid_t pid, int n)
{
    char path[64];
    int fd = -1;

    while (n >= 0) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, ++fd);
        n -= faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
    }
    return (rlim_t)fd;
}

/* One descriptor for the request, and one that the flow waits with: none is left for its socket. */
static void a_flow_without_a_descriptor_was_not_tried(void **state)
{
    struct rlimit before, few;
    struct capture capture;
    int outcome;

    (void)state;
    fixture_need_root();
    assert_int_equal(prlimit(client.pid, RLIMIT_NOFILE, NULL, &before), 0);
    few = before;
    few.rlim_cur = limit_for_more(client.pid, 2);
    assert_int_equal(prlimit(client.pid, RLIMIT_NOFILE, &few, NULL), 0);
    capture_start(&capture);
    outcome =
        ask_outcome(&client, "{'op': 'flow', 'to': '%s', 'bytes': 1}", to_server("v4", PORT_SINK));
    capture_end(&capture);
    assert_int_equal(prlimit(client.pid, RLIMIT_NOFILE, &before, NULL), 0);
    assert_int_equal(outcome, -ENOBUFS);
    assert_non_null(strstr(capture.last, SHORTAGE_WORD "the flow cannot be tried: Too many open "
                                                       "files; a process may have "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_deadline_is_told_from_a_timeout, reset_both),
        cmocka_unit_test_teardown(on_a_starved_machine_nobody_can_say, reset_both),
        cmocka_unit_test_teardown(a_flow_without_a_descriptor_was_not_tried, reset_both),
        cmocka_unit_test_teardown(a_send_has_a_deadline, reset_both),
    };

    return cmocka_run_group_tests_name("agent-deadline", tests, agents_up, agents_down);
}
