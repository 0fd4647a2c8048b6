// SPDX-License-Identifier: Apache-2.0
/* Flows between two agents, over a lab's real network. */
#include "agent/tests/agents.h"

static const char *const families[] = {"v4", "v6", "mapped"};
static const char *const send_methods[] = {"write",       "writev", "send", "sendmsg",  "sendto",
                                           "sendfile",    "splice", "more", "zerocopy", "io_uring",
                                           "io_uring_zc", "byte",   "big"};

static void send_and_expect(const char *family, const char *way, long bytes)
{
    _cleanup_json_ json_t *flow =
        ask(&client, "{'op': 'flow', 'to': '%s', 'family': '%s', 'send': '%s', 'bytes': %ld}",
            to_server(family, PORT_SINK), family, way, bytes);
    _cleanup_json_ json_t *listener = NULL;

    if (lacks_uring(way, flow))
        return;
    expect_no_error(flow);
    listener = taken(flow, "");
    assert_int_equal(number_at(flow, "client.sent"), bytes);
    expect_arrived(flow, listener);
    assert_string_equal(text_at(listener, "listener.end"), "eof");
}

static void every_way_in_every_family(void **state)
{
    (void)state;
    fixture_need_root();
    for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
        for (size_t w = 0; w < ARRAY_SIZE(send_methods); w++) {
            send_and_expect(families[f], send_methods[w], 1);
            send_and_expect(families[f], send_methods[w], 3000);
        }
    }
}

static void every_way_with_more_than_fits_a_buffer(void **state)
{
    (void)state;
    fixture_need_root();
    for (size_t w = 0; w < ARRAY_SIZE(send_methods); w++)
        send_and_expect("v4", send_methods[w],
                        strcmp(send_methods[w], "byte") == 0 ? 20000 : 5000001);
}

static void sixty_four_mebibytes(void **state)
{
    (void)state;
    fixture_need_root();
    send_and_expect("v4", "send", 64L << 20);
    send_and_expect("v6", "sendfile", 64L << 20);
    send_and_expect("v4", "zerocopy", 64L << 20);
}

static void nothing_is_sent(void **state)
{
    (void)state;
    fixture_need_root();
    send_and_expect("v4", "send", 0);
}

static void by_anybody_and_non_blocking(void **state)
{
    static const char *const by[] = {"main", "thread", "child"};

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < 6; i++) {
        _cleanup_json_ json_t *flow = ask(
            &client, "{'op': 'flow', 'to': '%s', 'by': '%s', 'nonblocking': %s, 'bytes': 3000000}",
            to_server("v4", PORT_SINK), by[i % 3], i < 3 ? "false" : "true");
        _cleanup_json_ json_t *listener = NULL;

        expect_no_error(flow);
        listener = taken(flow, "");
        expect_arrived(flow, listener);
    }
}

static void names_are_as_the_socket_sees_them(void **state)
{
    _cleanup_json_ json_t *flow = NULL, *listener = NULL;

    (void)state;
    fixture_need_root();
    flow = ask(&client, "{'op': 'flow', 'to': '%s', 'family': 'mapped', 'from': ':4123'}",
               to_server("mapped", PORT_SINK));
    listener = taken(flow, "");
    assert_string_equal(text_at(flow, "client.peer"), to_server("mapped", PORT_SINK));
    assert_string_equal(text_at(listener, "listener.local"), to_server("v4", PORT_SINK));
    assert_string_equal(text_at(listener, "listener.pod"), "p1");
    assert_string_equal(strrchr(text_at(flow, "client.local"), ':'), ":4123");
    assert_string_equal(strrchr(text_at(listener, "listener.peer"), ':'), ":4123");
}

static void the_server_speaks_first(void **state)
{
    _cleanup_json_ json_t *flow = NULL, *listener = NULL;

    (void)state;
    fixture_need_root();
    flow = ask(&client, "{'op': 'flow', 'to': '%s'}", to_server("v4", PORT_BANNER));
    expect_no_error(flow);
    assert_int_equal(number_at(flow, "client.received"), 64);
    assert_int_equal(number_at(flow, "client.received_wrong_at"), -1);
    listener = taken(flow, "");
    expect_arrived(flow, listener);
}

/* More than all buffers between the two hold, at once in both directions. */
static void everything_comes_back(void **state)
{
    static const char *const some[] = {"send", "splice", "zerocopy", "big"};

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
        _cleanup_json_ json_t *flow =
            ask(&client, "{'op': 'flow', 'to': '%s', 'send': '%s', 'bytes': 20000000}",
                to_server("v4", PORT_ECHO), some[i]);

        expect_no_error(flow);
        assert_int_equal(number_at(flow, "client.received"), 20000000);
        assert_string_equal(text_at(flow, "client.received_digest"),
                            text_at(flow, "client.sent_digest"));
        assert_int_equal(number_at(flow, "client.received_wrong_at"), -1);
    }
}

static void some_of_it_comes_back(void **state)
{
    _cleanup_json_ json_t *flow = NULL;

    (void)state;
    fixture_need_root();
    flow = ask(&client, "{'op': 'flow', 'to': '%s', 'bytes': 100, 'receive': 40, 'end': 'close'}",
               to_server("v4", PORT_ECHO));
    expect_no_error(flow);
    assert_int_equal(number_at(flow, "client.received"), 40);
}

static void the_listener_resets(void **state)
{
    _cleanup_json_ json_t *flow = NULL, *listener = NULL;

    (void)state;
    fixture_need_root();
    flow = ask(&client, "{'op': 'flow', 'to': '%s'}", to_server("v4", PORT_RESET));
    expect_error(flow, "ECONNRESET", "receive");
    listener = taken(flow, "");
    assert_string_equal(text_at(listener, "listener.end"), "closed");
}

static void the_client_resets(void **state)
{
    _cleanup_json_ json_t *flow = NULL, *listener = NULL;

    (void)state;
    fixture_need_root();
    flow = ask(&client, "{'op': 'flow', 'to': '%s', 'end': 'reset', 'bytes': 10}",
               to_server("v4", PORT_SINK));
    expect_no_error(flow);
    listener = taken(flow, "");
    assert_string_equal(text_at(listener, "listener.end"), "reset");
}

static void datagrams_are_answered(void **state)
{
    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < 6; i++) {
        const char *family = families[i % 3];
        _cleanup_json_ json_t *flow =
            ask(&client,
                "{'op': 'flow', 'to': '%s', 'family': '%s', 'protocol': 'udp', 'bytes': 3000,"
                " 'send': '%s'}",
                to_server(family, PORT_UDP), family, i < 3 ? "send" : "sendto");
        _cleanup_json_ json_t *listener = NULL;

        expect_no_error(flow);
        assert_string_equal(text_at(flow, "client.source"), to_server(family, PORT_UDP));
        assert_int_equal(number_at(flow, "client.received"), 3000);
        assert_int_equal(number_at(flow, "client.received_wrong_at"), -1);
        listener = taken(flow, ", 'bytes': 3000");
        expect_arrived(flow, listener);
        assert_string_equal(text_at(listener, "listener.protocol"), "udp");
    }
}

static void datagrams_go_to_several(void **state)
{
    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < 3; i++) {
        _cleanup_free_ char *swap = strdup(to_server(families[i], PORT_SWAP));
        _cleanup_json_ json_t *flow =
            ask(&client,
                "{'op': 'flow', 'to': '%s', 'also': ['%s', '%s'], 'family': '%s',"
                " 'protocol': 'udp', 'bytes': 100, 'send': 'sendto'}",
                swap, to_server(families[i], PORT_UDP), swap, families[i]);
        const json_t *answered = at(flow, "client.answered"), *sources = at(flow, "client.sources");
        size_t swapped = 0;

        expect_no_error(flow);
        assert_int_equal(number_at(flow, "client.sent"), 300);
        assert_int_equal(json_array_size(answered), 3);
        assert_true(json_equal(answered, sources));
        for (size_t j = 0; j < 3; j++)
            swapped += strcmp(json_string_value(json_array_get(sources, j)), swap) == 0;
        assert_int_equal(swapped, 2);
    }
}

/* A peek takes nothing away, and a read that asks for no source has none. */
static void datagrams_are_peeked_at(void **state)
{
    _cleanup_json_ json_t *flow = NULL;

    (void)state;
    fixture_need_root();
    flow = ask(&client,
               "{'op': 'flow', 'to': '%s', 'protocol': 'udp', 'bytes': 300, 'chunk': 100,"
               " 'reads': 'pprnp', 'receive': 500}",
               to_server("v4", PORT_UDP));
    expect_no_error(flow);
    assert_int_equal(number_at(flow, "client.received"), 200);
    assert_int_equal(json_array_size(at(flow, "client.sources")), 4);
}

static void nobody_listens(void **state)
{
    static const char *const by[] = {"main", "thread", "child"};

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < 6; i++) {
        _cleanup_json_ json_t *flow =
            ask(&client, "{'op': 'flow', 'to': '%s', 'by': '%s', 'nonblocking': %s}",
                to_server("v4", PORT_CLOSED), by[i % 3], i < 3 ? "false" : "true");

        expect_error(flow, "ECONNREFUSED", "connect");
        assert_true(json_is_false(at(flow, "client.deadline")));
        assert_true(json_is_null(at(flow, "client.peer")));
    }
}

static void a_flow_is_repeated(void **state)
{
    _cleanup_json_ json_t *flow = NULL, *listener = NULL;
    const char *to;

    (void)state;
    fixture_need_root();
    to = to_server("v4", PORT_SINK);
    flow = ask(&client, "{'op': 'flow', 'to': '%s', 'repeat': 20}", to);
    expect_no_error(flow);
    assert_int_equal(json_integer_value(json_object_get(at(flow, "client.peers"), to)), 20);
    listener = taken(flow, "");
    expect_arrived(flow, listener);
}

/* -- Kept sockets ---------------------------------------------------------------------------- */

static void a_kept_socket_goes_on(void **state)
{
    _cleanup_json_ json_t *first = NULL, *second = NULL, *third = NULL;
    _cleanup_json_ json_t *open = NULL, *ended = NULL;

    (void)state;
    fixture_need_root();
    first = ask(&client, "{'op': 'flow', 'to': '%s', 'socket': 'a', 'end': 'keep', 'bytes': 100}",
                to_server("v4", PORT_SINK));
    expect_no_error(first);
    open = taken(first, ", 'final': false, 'bytes': 100");
    expect_arrived(first, open);
    assert_string_equal(text_at(open, "listener.end"), "open");

    second = ask(&client, "{'op': 'flow', 'socket': 'a', 'end': 'keep', 'bytes': 7}");
    expect_no_error(second);
    assert_int_equal(number_at(second, "client.sent"), 107);
    third = ask(&client, "{'op': 'flow', 'socket': 'a', 'bytes': 1, 'send': 'write'}");
    expect_no_error(third);
    ended = taken(third, "");
    expect_arrived(third, ended);
    assert_int_equal(number_at(ended, "listener.payload.bytes"), 108);
}

static void a_refused_socket_connects_again(void **state)
{
    _cleanup_json_ json_t *refused = NULL, *flow = NULL, *listener = NULL;

    (void)state;
    fixture_need_root();
    refused = ask(&client, "{'op': 'flow', 'to': '%s', 'socket': 'b', 'end': 'keep'}",
                  to_server("v4", PORT_CLOSED));
    expect_error(refused, "ECONNREFUSED", "connect");
    flow = ask(&client, "{'op': 'flow', 'to': '%s', 'socket': 'b'}", to_server("v4", PORT_SINK));
    expect_no_error(flow);
    assert_int_equal(number_at(flow, "client.socket_cookie"),
                     number_at(refused, "client.socket_cookie"));
    listener = taken(flow, "");
    expect_arrived(flow, listener);
}

/* From a bound port to the same listener: the second connection has the same 4-tuple. */
static void a_disconnected_socket_connects_again(void **state)
{
    _cleanup_json_ json_t *first = NULL, *second = NULL, *listener = NULL;

    (void)state;
    fixture_need_root();
    first = ask(&client,
                "{'op': 'flow', 'to': '%s', 'socket': 'c', 'end': 'keep', 'from': ':4777',"
                " 'bytes': 11}",
                to_server("v4", PORT_SINK));
    expect_no_error(first);
    second = ask(&client,
                 "{'op': 'flow', 'to': '%s', 'socket': 'c', 'disconnect': true,"
                 " 'bytes': 22}",
                 to_server("v4", PORT_SINK));
    expect_no_error(second);
    assert_string_equal(text_at(second, "client.local"), text_at(first, "client.local"));
    listener = taken(second, "");
    expect_arrived(second, listener);
    assert_int_equal(number_at(listener, "listener.payload.bytes"), 22);
}

static void a_connected_socket_says_so(void **state)
{
    _cleanup_json_ json_t *first = NULL, *second = NULL, *third = NULL;

    (void)state;
    fixture_need_root();
    first = ask(&client, "{'op': 'flow', 'to': '%s', 'socket': 'd', 'end': 'keep'}",
                to_server("v4", PORT_SINK));
    second = ask(&client, "{'op': 'flow', 'to': '%s', 'socket': 'd', 'end': 'keep'}",
                 to_server("v4", PORT_SINK));
    expect_no_error(first);
    expect_error(second, "EISCONN", "connect");
    third = ask(&client, "{'op': 'flow', 'socket': 'd', 'bytes': 36}");
    expect_no_error(third);
    assert_int_equal(number_at(third, "client.sent"), 100);
}

/* -- Early bytes ----------------------------------------------------------------------------- */

static void early_and_expect(const char *way, const char *family, int port, const char *more)
{
    _cleanup_json_ json_t *flow =
        ask(&client, "{'op': 'flow', 'to': '%s', 'family': '%s', 'early': '%s'%s}",
            to_server(family, port), family, way, more);
    _cleanup_json_ json_t *listener = NULL;

    expect_no_error(flow);
    assert_string_equal(text_at(flow, "client.early.way"), way);
    assert_true(number_at(flow, "client.early.bytes") > 0);
    assert_string_equal(text_at(flow, "client.peer"), to_server(family, port));
    if (strcmp(way, "blocked-send") == 0)
        assert_true(json_is_true(at(flow, "client.early.waited")));
    listener = taken(flow, "");
    expect_arrived(flow, listener);
}

static void bytes_before_the_connection(void **state)
{
    static const char *const early[] = {"fastopen", "fastopen-connect", "fastopen-connect-cookie",
                                        "blocked-send"};

    (void)state;
    fixture_need_root();
    for (size_t e = 0; e < ARRAY_SIZE(early); e++) {
        for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
            early_and_expect(early[e], families[f], PORT_FASTOPEN, "");
            early_and_expect(early[e], families[f], PORT_SINK, ", 'bytes': 200000");
        }
        early_and_expect(early[e], "v4", PORT_FASTOPEN, ", 'nonblocking': true, 'bytes': 99999");
        early_and_expect(early[e], "v4", PORT_FASTOPEN, ", 'chunk': 10, 'send': 'byte'");
    }
}

static void early_bytes_to_a_closed_port(void **state)
{
    static const char *const early[] = {"fastopen", "fastopen-connect", "fastopen-connect-cookie",
                                        "blocked-send"};

    (void)state;
    fixture_need_root();
    for (size_t e = 0; e < ARRAY_SIZE(early); e++) {
        _cleanup_json_ json_t *flow = ask(&client, "{'op': 'flow', 'to': '%s', 'early': '%s'}",
                                          to_server("v4", PORT_CLOSED), early[e]);

        expect_error(flow, "ECONNREFUSED", "connect");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_way_in_every_family, reset_both),
        cmocka_unit_test_teardown(every_way_with_more_than_fits_a_buffer, reset_both),
        cmocka_unit_test_teardown(sixty_four_mebibytes, reset_both),
        cmocka_unit_test_teardown(nothing_is_sent, reset_both),
        cmocka_unit_test_teardown(by_anybody_and_non_blocking, reset_both),
        cmocka_unit_test_teardown(names_are_as_the_socket_sees_them, reset_both),
        cmocka_unit_test_teardown(the_server_speaks_first, reset_both),
        cmocka_unit_test_teardown(everything_comes_back, reset_both),
        cmocka_unit_test_teardown(some_of_it_comes_back, reset_both),
        cmocka_unit_test_teardown(the_listener_resets, reset_both),
        cmocka_unit_test_teardown(the_client_resets, reset_both),
        cmocka_unit_test_teardown(datagrams_are_answered, reset_both),
        cmocka_unit_test_teardown(datagrams_go_to_several, reset_both),
        cmocka_unit_test_teardown(datagrams_are_peeked_at, reset_both),
        cmocka_unit_test_teardown(nobody_listens, reset_both),
        cmocka_unit_test_teardown(a_flow_is_repeated, reset_both),
        cmocka_unit_test_teardown(a_kept_socket_goes_on, reset_both),
        cmocka_unit_test_teardown(a_refused_socket_connects_again, reset_both),
        cmocka_unit_test_teardown(a_disconnected_socket_connects_again, reset_both),
        cmocka_unit_test_teardown(a_connected_socket_says_so, reset_both),
        cmocka_unit_test_teardown(bytes_before_the_connection, reset_both),
        cmocka_unit_test_teardown(early_bytes_to_a_closed_port, reset_both),
    };

    return cmocka_run_group_tests_name("agent-flow", tests, agents_up, agents_down);
}
