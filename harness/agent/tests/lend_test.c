// SPDX-License-Identifier: Apache-2.0
/* Sockets that an agent lends: they are the ones that were asked for, and nothing else is lent. */
#include "agent/tests/agents.h"
#include "common/tests/capture.h"

/* The cookie of what the agent lends. */
static json_int_t lent_cookie(const struct agents_one *one, const char *key, const char *value)
{
    _cleanup_json_ json_t *request = json_pack("{s:s, s:s}", "op", "socket", key, value);
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_close_ int fd = -1;
    uint64_t cookie = 0;
    socklen_t length = sizeof(cookie);

    assert_int_equal(agent_call_for_fd(one->path, request, 5000, &answer, &fd), 0);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length), 0);
    assert_non_null(json_string_value(json_object_get(answer, "peer")));
    return (json_int_t)cookie;
}

static void expect_refused(const char *key, const char *value, int error, const char *said)
{
    _cleanup_json_ json_t *request = json_pack("{s:s, s:s}", "op", "socket", key, value);
    json_t *answer = NULL;
    struct capture c;
    int fd = -1;

    capture_start(&c);
    assert_int_equal(agent_call_for_fd(server.path, request, 5000, &answer, &fd), error);
    capture_end(&c);
    if (!strstr(c.last, said))
        fail_msg("said '%s', not '%s'", c.last, said);
    assert_null(answer);
    assert_int_equal(fd, -1);
}

static void sockets_are_lent(void **state)
{
    _cleanup_json_ json_t *flow = NULL, *over = NULL;
    _cleanup_free_ char *local = NULL;
    json_int_t accepted;

    (void)state;
    fixture_need_root();
    flow = ask(&client, "{'op': 'flow', 'to': '%s', 'socket': 'lent', 'end': 'keep'}",
               to_server("v4", 8080));
    expect_no_error(flow);
    local = strdup(text_at(flow, "client.local"));
    assert_int_equal(lent_cookie(&client, "socket", "lent"),
                     number_at(flow, "client.socket_cookie"));
    accepted = lent_cookie(&server, "peer", local);
    assert_true(accepted > 0 && accepted != number_at(flow, "client.socket_cookie"));
    over = ask(&client, "{'op': 'flow', 'socket': 'lent', 'end': 'reset'}");
    json_decref(taken(flow, "")); /* it has ended */
    expect_refused("peer", local, -EINVAL, "the connection of ");
    expect_refused("socket", "lent", -EINVAL, "no socket 'lent' is kept");
}

/* An answer may come without a descriptor: from another agent, or to another request. */
static void an_answer_without_a_descriptor_is_none(void **state)
{
    _cleanup_json_ json_t *request = json_pack("{s:s}", "op", "ping");
    json_t *answer = NULL;
    struct capture c;
    int fd = -1;

    (void)state;
    fixture_need_root();
    capture_start(&c);
    assert_int_equal(agent_call_for_fd(server.path, request, 5000, &answer, &fd), -EPROTO);
    capture_end(&c);
    assert_null(answer);
    assert_int_equal(fd, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_are_lent),
        cmocka_unit_test(an_answer_without_a_descriptor_is_none),
    };

    return cmocka_run_group_tests(tests, agents_up, agents_down);
}
