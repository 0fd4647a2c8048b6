// SPDX-License-Identifier: Apache-2.0
/* The agent's control socket, its records, and clients that are not its own. */
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>

#include "common/deadline.h"
#include "agent/tests/agents.h"
#include "common/tests/capture.h"

/* -- Requests -------------------------------------------------------------------------------- */

static int connect_control(const struct agents_one *one)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", one->path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* The answer is text that the caller frees. */
static char *exchange(int fd, const void *request, size_t length)
{
    char *answer = calloc(1, 70000);

    assert_int_equal(send(fd, request, length, MSG_NOSIGNAL), length);
    assert_true(deadline_wait(fd, POLLIN, -1, deadline_in(5000)) > 0);
    assert_true(recv(fd, answer, 69999, 0) > 0);
    return answer;
}

static void bad_requests_are_answered(void **state)
{
    static const char *const bad[][2] = {
        {"x", "{\"error\":\"the request is not a JSON object\"}"},
        {"[]", "{\"error\":\"the request is not a JSON object\"}"},
        {"{\"op\":", "{\"error\":\"the request is not a JSON object\"}"},
        {"{\"op\":\"ping\",\"op\":\"stop\"}", "{\"error\":\"the request is not a JSON object\"}"},
        {"{}", "{\"error\":\"'op' must be a string\"}"},
        {"{\"op\":3}", "{\"error\":\"'op' must be a string\"}"},
        {"{\"op\":\"dance\"}", "{\"error\":\"there is no request 'dance'\"}"},
        {"{\"op\":\"flow\"}",
         "{\"error\":\"'to' is missing, and there is no 'socket' to go on with\"}"},
        {"{\"op\":\"flow\",\"socket\":\"nix\"}", "{\"error\":\"no socket 'nix' is kept\"}"},
        {"{\"op\":\"accepted\",\"peer\":\"1\"}",
         "{\"error\":\"'peer' is '1', must be ADDRESS:PORT\"}"},
        {"{\"op\":\"socket\"}", "{\"error\":\"neither 'socket' nor 'peer' is there\"}"},
        {"{\"op\":\"socket\",\"socket\":\"nix\"}", "{\"error\":\"no socket 'nix' is kept\"}"},
        {"{\"op\":\"socket\",\"socket\":7}", "{\"error\":\"'socket' must be a string\"}"},
        {"{\"op\":\"socket\",\"peer\":\"1\"}",
         "{\"error\":\"'peer' is '1', must be ADDRESS:PORT\"}"},
        {"{\"op\":\"socket\",\"peer\":\"10.0.0.1:2\"}",
         "{\"error\":\"no listener took a connection of 10.0.0.1:2\"}"},
        {"{\"op\":\"manage\"}", "{\"error\":\"'command' is missing: enable or disable\"}"},
        {"{\"op\":\"ping\"}", "{\"pod\":\"p0\"}"}, /* and it still lives */
    };
    _cleanup_close_ int fd = -1;

    (void)state;
    fixture_need_root();
    fd = connect_control(&client);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        _cleanup_free_ char *answer = exchange(fd, bad[i][0], strlen(bad[i][0]));

        assert_string_equal(answer, bad[i][1]);
    }
}

static void monstrous_requests_are_answered(void **state)
{
    _cleanup_free_ char *text = malloc(100000);
    _cleanup_free_ char *large = NULL, *deep = NULL, *zero = NULL;
    _cleanup_close_ int fd = -1;

    (void)state;
    fixture_need_root();
    fd = connect_control(&client);
    memset(text, '[', 100000);
    large = exchange(fd, text, 100000);
    assert_string_equal(large, "{\"error\":\"the request is over 64 KiB\"}");
    deep = exchange(fd, text, 60000);
    assert_string_equal(deep, "{\"error\":\"the request is not a JSON object\"}");
    memset(text, 0, 100);
    zero = exchange(fd, text, 100);
    assert_string_equal(zero, "{\"error\":\"the request is not a JSON object\"}");
}

/* One that leaves without its answer takes nothing with it. */
static void askers_may_leave(void **state)
{
    static const char request[] = "{\"op\":\"accepted\",\"peer\":\"1.2.3.4:5\",\"deadline_ms\":30}";

    (void)state;
    fixture_need_root();
    for (int i = 0; i < 200; i++) {
        _cleanup_close_ int fd = connect_control(&server);

        assert_true(send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0);
    }
    json_decref(ask(&server, "{'op': 'ping'}"));
}

static void a_waiter_is_answered_at_its_deadline(void **state)
{
    _cleanup_json_ json_t *answer = NULL;
    int64_t start = clock_ns();

    (void)state;
    fixture_need_root();
    answer = ask(&server, "{'op': 'accepted', 'peer': '10.1.2.3:4', 'deadline_ms': 60}");
    assert_true(json_is_null(at(answer, "listener")));
    assert_true(clock_ns() - start >= 60000000);
}

/* -- Clients that are not an agent's ---------------------------------------------------------- */

static const uint8_t tlv[16] = {0x01, 0, 0, 0, 6, 10, 96, 0, 1, 0x1f, 0x90, 0xfe, 0, 0, 0, 0};

/* A socket of p0's, connected to a port of the server's. */
static int connect_raw(const char *family, int port)
{
    _cleanup_close_ int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    struct address_port to;
    struct sockaddr_storage sa;
    socklen_t length;
    int fd;

    assert_int_equal(address_port_parse(to_server(family, port), &to), 0);
    length = address_port_to_sockaddr(&to, &sa);
    assert_int_equal(net_enter(agents_lab, "p0"), 0);
    fd = socket(to.address.af, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setns(here, CLONE_NEWNET), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&sa, length), 0);
    return fd;
}

static json_t *taken_raw(int fd, const char *more)
{
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);
    struct address_port local;
    char text[ADDRESS_TEXT_MAX];

    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
    assert_int_equal(address_port_from_sockaddr((struct sockaddr *)&sa, length, &local), 0);
    return ask(&server, "{'op': 'accepted', 'peer': '%s'%s}", address_port_text(&local, text),
               more);
}

static void a_tlv_is_decoded(void **state)
{
    _cleanup_close_ int fd = -1;
    _cleanup_json_ json_t *listener = NULL;

    (void)state;
    fixture_need_root();
    fd = connect_raw("v4", PORT_SINK);
    for (size_t i = 0; i < sizeof(tlv); i++)
        assert_int_equal(send(fd, tlv + i, 1, 0), 1);
    assert_int_equal(send(fd, "hello", 5, 0), 5);
    shutdown(fd, SHUT_WR);
    listener = taken_raw(fd, "");
    assert_string_equal(text_at(listener, "listener.tlv.status"), "ok");
    assert_string_equal(text_at(listener, "listener.tlv.destination"), "10.96.0.1:8080");
    assert_int_equal(number_at(listener, "listener.tlv.size"), 16);
    assert_int_equal(number_at(listener, "listener.raw_bytes"), 21);
    assert_int_equal(number_at(listener, "listener.payload.bytes"), 5);
    assert_int_equal(number_at(listener, "listener.payload.wrong_at"), 0);
    assert_string_equal(text_at(listener, "listener.head"),
                        "01000000060a6000011f90fe0000000068656c6c6f");
}

static void an_echo_leaves_the_tlv_out(void **state)
{
    char answer[16] = "";
    _cleanup_close_ int fd = -1;

    (void)state;
    fixture_need_root();
    fd = connect_raw("v6", PORT_ECHO);
    assert_int_equal(send(fd, tlv, sizeof(tlv), 0), sizeof(tlv));
    assert_int_equal(send(fd, "hello", 5, 0), 5);
    assert_int_equal(recv(fd, answer, sizeof(answer), 0), 5);
    assert_string_equal(answer, "hello");
}

static void an_end_inside_the_tlv(void **state)
{
    _cleanup_close_ int closed = -1, reset = -1;
    _cleanup_json_ json_t *half = NULL, *eof = NULL, *dead = NULL;
    struct linger linger = {.l_onoff = 1};
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};
    char reset_peer[80];

    (void)state;
    fixture_need_root();
    closed = connect_raw("v4", PORT_SINK);
    assert_int_equal(send(closed, tlv, 9, 0), 9);
    half = taken_raw(closed, ", 'final': false");
    assert_string_equal(text_at(half, "listener.end"), "open");
    shutdown(closed, SHUT_WR);
    eof = taken_raw(closed, "");
    assert_string_equal(text_at(eof, "listener.tlv.status"), "truncated");
    assert_string_equal(text_at(eof, "listener.end"), "eof");

    reset = connect_raw("v4", PORT_SINK);
    half = (json_decref(half), taken_raw(reset, ", 'final': false"));
    snprintf(reset_peer, sizeof(reset_peer), "%s", text_at(half, "listener.peer"));
    setsockopt(reset, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    assert_int_equal(connect(reset, &unspecified, sizeof(unspecified)), 0);
    dead = ask(&server, "{'op': 'accepted', 'peer': '%s'}", reset_peer);
    assert_string_equal(text_at(dead, "listener.end"), "reset");
    assert_string_equal(text_at(dead, "listener.tlv.status"), "none");
}

/* What a listener keeps does not grow with what it is sent. */
static void garbage_is_bounded(void **state)
{
    static uint8_t garbage[1 << 20];
    _cleanup_close_ int fd = -1;
    _cleanup_json_ json_t *listener = NULL;

    (void)state;
    fixture_need_root();
    memset(garbage, 0x01, sizeof(garbage));
    fd = connect_raw("v4", PORT_SINK);
    for (int i = 0; i < 8; i++)
        assert_int_equal(send(fd, garbage, sizeof(garbage), 0), sizeof(garbage));
    shutdown(fd, SHUT_WR);
    listener = taken_raw(fd, "");
    assert_string_equal(text_at(listener, "listener.tlv.status"), "wrong-length");
    assert_int_equal(number_at(listener, "listener.payload.bytes"), 8 << 20);
    assert_int_equal(strlen(text_at(listener, "listener.head")), 128);
}

/* -- Reset, and many at once ------------------------------------------------------------------- */

static void reset_forgets(void **state)
{
    _cleanup_json_ json_t *flow = NULL, *gone = NULL;
    _cleanup_close_ int fd = -1;
    struct capture said;
    json_t *answer = NULL;
    _cleanup_json_ json_t *again = json_pack("{s:s, s:s}", "op", "flow", "socket", "r");

    (void)state;
    fixture_need_root();
    flow = ask(&client, "{'op': 'flow', 'to': '%s', 'socket': 'r', 'end': 'keep'}",
               to_server("v4", PORT_SINK));
    expect_no_error(flow);
    fd = connect_raw("v4", PORT_SINK);
    json_decref(ask(&server, "{'op': 'reset'}"));
    json_decref(ask(&client, "{'op': 'reset'}"));
    gone = taken(flow, ", 'final': false, 'deadline_ms': 10");
    assert_true(json_is_null(at(gone, "listener")));
    assert_int_equal(recv(fd, &(char){0}, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    capture_start(&said);
    assert_int_equal(agent_call(client.path, again, 5000, &answer), -EINVAL);
    capture_end(&said);
    assert_string_equal(said.last, "no socket 'r' is kept");
}

struct asker {
    pthread_t thread;
    char text[512];
    int result;
    json_t *answer;
};

static void *ask_in_thread(void *data)
{
    struct asker *asker = data;
    _cleanup_json_ json_t *request = json_loads(asker->text, 0, NULL);

    asker->result = agent_call(client.path, request, AGENTS_DEADLINE_MS, &asker->answer);
    return NULL;
}

static void start_asker(struct asker *asker, const char *to, const char *more)
{
    snprintf(asker->text, sizeof(asker->text), "{\"op\": \"flow\", \"to\": \"%s\"%s}", to, more);
    asker->answer = NULL;
    assert_int_equal(pthread_create(&asker->thread, NULL, ask_in_thread, asker), 0);
}

static void reset_breaks_flows_off(void **state)
{
    static const char *const waits[] = {
        ", \"end\": \"close\", \"receive\": \"eof\", \"deadline_ms\": 15000",
        ", \"end\": \"close\", \"receive\": 1, \"bytes\": 100000, \"deadline_ms\": 15000",
    };
    struct asker askers[ARRAY_SIZE(waits)];

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < ARRAY_SIZE(waits); i++)
        start_asker(&askers[i], to_server("v4", PORT_SINK), waits[i]);
    for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
        /* Only when the request has arrived there is something to break off: reset until it is. */
        while (pthread_tryjoin_np(askers[i].thread, NULL) == EBUSY)
            json_decref(ask(&client, "{'op': 'reset'}"));
        assert_int_equal(askers[i].result, 0);
        assert_string_equal(text_at(askers[i].answer, "client.errno"), "ECANCELED");
        json_decref(askers[i].answer);
    }
}

static void many_flows_at_once(void **state)
{
    static struct asker askers[32];

    (void)state;
    fixture_need_root();
    for (size_t i = 0; i < ARRAY_SIZE(askers); i++)
        start_asker(&askers[i], to_server("v4", i % 2 ? PORT_ECHO : PORT_SINK),
                    ", \"bytes\": 300000");
    for (size_t i = 0; i < ARRAY_SIZE(askers); i++) {
        _cleanup_json_ json_t *listener = NULL;

        pthread_join(askers[i].thread, NULL);
        assert_int_equal(askers[i].result, 0);
        expect_no_error(askers[i].answer);
        listener = taken(askers[i].answer, "");
        expect_arrived(askers[i].answer, listener);
        json_decref(askers[i].answer);
    }
}

/* A neighbour that does nothing but connect and leave. */
static void many_connections(void **state)
{
    (void)state;
    fixture_need_root();
    for (int i = 0; i < 9000; i++) { /* more than are remembered */
        _cleanup_close_ int fd = connect_raw("v4", PORT_SINK);
        struct linger linger = {.l_onoff = 1};

        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    json_decref(ask(&server, "{'op': 'ping'}"));
}

/* -- The end of an agent ----------------------------------------------------------------------- */

static int call_and_keep_words(const char *path, struct capture *said)
{
    _cleanup_json_ json_t *request = json_pack("{s:s}", "op", "ping");
    json_t *answer = NULL;
    int r;

    capture_start(said);
    r = agent_call(path, request, 500, &answer);
    capture_end(said);
    return r;
}

static void a_killed_agent_is_told(void **state)
{
    struct asker asker;
    struct capture said;

    (void)state;
    fixture_need_root();
    /* The client's own agent dies with a request under way: its connection has arrived. */
    capture_start(&said);
    start_asker(&asker, to_server("v4", PORT_SINK),
                ", \"end\": \"close\", \"receive\": \"eof\", \"deadline_ms\": 10000,"
                " \"from_port\": 1234");
    json_decref(ask(&server, "{'op': 'accepted', 'peer': '0.0.0.0:1234', 'final': false}"));
    kill(client.pid, SIGKILL);
    waitpid(client.pid, NULL, 0);
    pthread_join(asker.thread, NULL);
    capture_end(&said);
    assert_int_equal(asker.result, -EPIPE);
    assert_string_equal(said.last, "the agent at '/run/p0.sock' died before it answered");
    assert_int_equal(call_and_keep_words(client.path, &said), -ECONNREFUSED);
    assert_string_equal(said.last, "there is no agent at '/run/p0.sock'");
    assert_int_equal(call_and_keep_words("/run/nothing.sock", &said), -ECONNREFUSED);
    assert_int_equal(agents_start(&client, "p0", "p0"), 0);
}

static void an_agent_whose_port_is_taken_says_so(void **state)
{
    struct agents_one second;
    int status;

    (void)state;
    fixture_need_root();
    assert_int_equal(agents_start(&second, "p0", "second"), -1);
    assert_int_equal(waitpid(second.pid, &status, 0), second.pid);
    assert_int_equal(WEXITSTATUS(status), 1);
}

static void an_agent_that_hangs_is_told(void **state)
{
    struct capture said;

    (void)state;
    fixture_need_root();
    kill(client.pid, SIGSTOP);
    assert_int_equal(call_and_keep_words(client.path, &said), -ETIMEDOUT);
    kill(client.pid, SIGCONT);
    assert_string_equal(said.last, "the agent at '/run/p0.sock' does not answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_requests_are_answered),
        cmocka_unit_test(monstrous_requests_are_answered),
        cmocka_unit_test(askers_may_leave),
        cmocka_unit_test(a_waiter_is_answered_at_its_deadline),
        cmocka_unit_test(a_tlv_is_decoded),
        cmocka_unit_test(an_echo_leaves_the_tlv_out),
        cmocka_unit_test(an_end_inside_the_tlv),
        cmocka_unit_test(garbage_is_bounded),
        cmocka_unit_test(reset_forgets),
        cmocka_unit_test(reset_breaks_flows_off),
        cmocka_unit_test(many_flows_at_once),
        cmocka_unit_test(many_connections),
        cmocka_unit_test(an_agent_that_hangs_is_told),
        cmocka_unit_test(an_agent_whose_port_is_taken_says_so),
        cmocka_unit_test(a_killed_agent_is_told),
    };

    return cmocka_run_group_tests_name("agent-control", tests, agents_up, agents_down);
}
