// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/request.h"
#include "common/cleanup.h"
#include "common/tests/capture.h"

static json_t *parse(const char *text)
{
    json_t *object = json_loads(text, 0, NULL);

    assert_non_null(object);
    return object;
}

static struct flow_request flow(const char *text)
{
    _cleanup_json_ json_t *object = parse(text);
    struct flow_request request;

    assert_int_equal(request_parse_flow(object, &request), 0);
    return request;
}

static void defaults(void **state)
{
    struct flow_request request = flow("{\"op\": \"flow\", \"to\": \"10.0.0.1:80\"}");

    (void)state;
    assert_int_equal(request.protocol, IPPROTO_TCP);
    assert_int_equal(request.bytes, 64);
    assert_int_equal(request.deadline_ms, 5000);
    assert_int_equal(request.end, END_HALF_CLOSE);
    assert_int_equal(request.receive, RECEIVE_EOF);
    assert_string_equal(request.method->name, "send");
    assert_false(request.has_from);
}

static void the_default_receive_follows_the_end(void **state)
{
    (void)state;
    assert_int_equal(flow("{\"to\": \"10.0.0.1:80\", \"end\": \"close\"}").receive, RECEIVE_NONE);
    assert_int_equal(flow("{\"to\": \"10.0.0.1:80\", \"end\": \"reset\"}").receive, RECEIVE_NONE);
    assert_int_equal(flow("{\"socket\": \"a\", \"end\": \"keep\"}").receive, RECEIVE_NONE);
    assert_int_equal(flow("{\"to\": \"10.0.0.1:80\", \"end\": \"close\", \"receive\": 7}").receive,
                     RECEIVE_BYTES);
    assert_int_equal(flow("{\"to\": \"10.0.0.1:53\", \"protocol\": \"udp\"}").receive_bytes, 64);
}

static void several_destinations(void **state)
{
    struct flow_request request =
        flow("{\"to\": \"10.0.0.1:53\", \"also\": [\"10.0.0.2:53\", \"10.0.0.3:54\"],"
             " \"protocol\": \"udp\", \"send\": \"sendto\", \"bytes\": 9}");

    (void)state;
    assert_int_equal(request.n_also, 2);
    assert_int_equal(request.also[1].port, 54);
    assert_int_equal(request.receive_bytes, 27);
}

static void mapped_addresses_are_mapped(void **state)
{
    struct flow_request request = flow("{\"to\": \"10.0.0.1:80\", \"family\": \"mapped\","
                                       " \"from\": \"10.0.0.2:1000\"}");
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    assert_string_equal(address_port_text(&request.to, text), "[::ffff:10.0.0.1]:80");
    assert_string_equal(address_port_text(&request.from, text), "[::ffff:10.0.0.2]:1000");
}

static void every_form_of_from(void **state)
{
    char text[ADDRESS_TEXT_MAX];
    struct flow_request request;

    (void)state;
    request = flow("{\"to\": \"10.0.0.1:80\", \"from\": \"10.0.0.2\"}");
    assert_string_equal(address_port_text(&request.from, text), "10.0.0.2:0");
    request = flow("{\"to\": \"10.0.0.1:80\", \"from\": \":4000\"}");
    assert_string_equal(address_port_text(&request.from, text), "0.0.0.0:4000");
    request = flow("{\"to\": \"[fd00::1]:80\", \"family\": \"v6\", \"from\": \"[fd00::2]:4000\"}");
    assert_string_equal(address_port_text(&request.from, text), "[fd00::2]:4000");
    request = flow("{\"to\": \"[fd00::1]:80\", \"family\": \"v6\", \"from\": \"fd00::2\"}");
    assert_string_equal(address_port_text(&request.from, text), "[fd00::2]:0");
    request = flow("{\"to\": \"[fd00::1]:80\", \"family\": \"v6\", \"from_port\": 9}");
    assert_string_equal(address_port_text(&request.from, text), "[::]:9");
}

static void ways_may_decide_the_chunk(void **state)
{
    (void)state;
    assert_int_equal(flow("{\"to\": \"10.0.0.1:80\", \"send\": \"byte\", \"chunk\": 99}").chunk, 1);
    assert_int_equal(flow("{\"to\": \"10.0.0.1:80\", \"send\": \"big\"}").chunk, 1024 * 1024);
    assert_int_equal(flow("{\"to\": \"10.0.0.1:80\", \"send\": \"write\", \"chunk\": 99}").chunk,
                     99);
}

static const struct {
    const char *text, *sentence;
} hostile[] = {
    {"{}", "'to' is missing, and there is no 'socket' to go on with"},
    {"{\"to\": 7}", "'to' must be a string"},
    {"{\"to\": \"nowhere\"}", "'to' is 'nowhere', must be ADDRESS:PORT"},
    {"{\"to\": \"10.0.0.1:80:80\"}", "'to' is '10.0.0.1:80:80', must be ADDRESS:PORT"},
    {"{\"to\": \"[fd00::1]:80\"}", "'to' is not an address for a socket of family v4"},
    {"{\"to\": \"10.0.0.1:80\", \"family\": \"v6\"}",
     "'to' is not an address for a socket of family v6"},
    {"{\"to\": \"10.0.0.1:80\", \"family\": \"v5\"}", "'family' is 'v5', which it cannot be"},
    {"{\"to\": \"10.0.0.1:80\", \"protocol\": \"sctp\"}",
     "'protocol' is 'sctp', which it cannot be"},
    {"{\"to\": \"10.0.0.1:80\", \"bytes\": -1}", "'bytes' is -1, must be 0 to 1073741824"},
    {"{\"to\": \"10.0.0.1:80\", \"bytes\": 1e3}", "'bytes' must be a whole number"},
    {"{\"to\": \"10.0.0.1:80\", \"chunk\": 0}", "'chunk' is 0, must be 1 to 1048576"},
    {"{\"to\": \"10.0.0.1:80\", \"send\": \"pigeon\"}", "there is no way of sending 'pigeon'"},
    {"{\"to\": \"10.0.0.1:80\", \"from\": \"x\"}",
     "'from' is 'x', must be ADDRESS, ADDRESS:PORT or :PORT"},
    {"{\"to\": \"10.0.0.1:80\", \"from\": \":99999\"}",
     "'from' is ':99999', must be ADDRESS, ADDRESS:PORT or :PORT"},
    {"{\"to\": \"10.0.0.1:80\", \"from\": \"fd00::1\"}",
     "'from' is not an address for a socket of family v4"},
    {"{\"to\": \"10.0.0.1:80\", \"receive\": \"all\"}",
     "'receive' must be a number of bytes, \"eof\" or \"none\""},
    {"{\"to\": \"10.0.0.1:80\", \"receive\": []}", "'receive' must be a whole number"},
    {"{\"to\": \"10.0.0.1:80\", \"end\": \"keep\"}", "'end' is keep, which needs a name: 'socket'"},
    {"{\"to\": \"10.0.0.1:80\", \"socket\": \"../../etc\"}",
     "'socket' must be 1 to 31 letters, digits, '.', '_' or '-'"},
    {"{\"socket\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
     "'socket' must be 1 to 31 letters, digits, '.', '_' or '-'"},
    {"{\"to\": \"10.0.0.1:80\", \"deadline_ms\": 0}", "'deadline_ms' is 0, must be 1 to 600000"},
    {"{\"to\": \"10.0.0.1:80\", \"nonblocking\": 1}", "'nonblocking' must be true or false"},
    {"{\"to\": \"10.0.0.1:80\", \"frm\": \"x\"}", "there is no 'frm' in such a request"},
    {"{\"to\": \"10.0.0.1:80\", \"early\": \"fastopen\", \"protocol\": \"udp\"}",
     "'early' is for tcp"},
    {"{\"socket\": \"a\", \"early\": \"fastopen\"}",
     "'early' needs 'to': it happens while connecting"},
    {"{\"to\": \"10.0.0.1:80\", \"early\": \"fastopen\", \"by\": \"child\"}",
     "'early' fastopen has no connect that another could make"},
    {"{\"to\": \"10.0.0.1:80\", \"also\": \"10.0.0.2:80\"}",
     "'also' must be a list of at most 7 ADDRESS:PORT"},
    {"{\"to\": \"10.0.0.1:80\", \"also\": [7]}", "'also' has '?', must be ADDRESS:PORT"},
    {"{\"to\": \"10.0.0.1:80\", \"also\": [\"[fd00::1]:80\"]}",
     "'also' is not an address for a socket of family v4"},
    {"{\"to\": \"10.0.0.1:80\", \"also\": [\"10.0.0.2:80\"]}",
     "'also' is for udp that is sent by 'sendto': with 'to'"},
    {"{\"to\": \"10.0.0.1:80\", \"also\": [\"10.0.0.2:80\"], \"protocol\": \"udp\","
     " \"send\": \"sendto\", \"bytes\": 1201}",
     "with 'also' each destination gets one datagram: 'bytes' must be 1 to 1200"},
    {"{\"to\": \"10.0.0.1:53\", \"reads\": \"p\"}", "'reads' is for udp"},
    {"{\"to\": \"10.0.0.1:53\", \"protocol\": \"udp\", \"reads\": \"prx\"}",
     "'reads' must be at most 64 letters r, p and n"},
    /* What a terminal would act on. */
    {"{\"\\u001b[31m\": 1}", "there is no '?[31m' in such a request"},
    {"{\"to\": \"\\u001b]0;x\\u0007\"}", "'to' is '?]0;x?', must be ADDRESS:PORT"},
    {"{\"to\": \"10.0.0.1:80\", \"also\": [\"\\n\"]}", "'also' has '?', must be ADDRESS:PORT"},
    {"{\"to\": \"10.0.0.1:80\", \"from\": \"\\r\"}",
     "'from' is '?', must be ADDRESS, ADDRESS:PORT or :PORT"},
    {"{\"to\": \"10.0.0.1:80\", \"send\": \"\\u001bc\"}", "there is no way of sending '?c'"},
    {"{\"to\": \"10.0.0.1:80\", \"by\": \"\\u009b2J\"}", "'by' is '??2J', which it cannot be"},
};

static void hostile_flows_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
        _cleanup_json_ json_t *object = parse(hostile[i].text);
        struct flow_request request;
        struct capture said;

        capture_start(&said);
        assert_int_equal(request_parse_flow(object, &request), -EINVAL);
        capture_end(&said);
        assert_string_equal(said.last, hostile[i].sentence);
        assert_int_equal(said.messages, 1);
    }
}

static void taken_is_read(void **state)
{
    _cleanup_json_ json_t *object = parse("{\"op\": \"taken\", \"peer\": \"[::ffff:10.0.0.1]:9\","
                                          " \"since_ns\": 5, \"deadline_ms\": 7}");
    _cleanup_json_ json_t *bad = parse("{\"op\": \"taken\"}");
    char text[ADDRESS_TEXT_MAX];
    struct record_query query;
    struct capture said;
    int deadline_ms;

    (void)state;
    assert_int_equal(request_parse_accepted(object, &query, &deadline_ms), 0);
    assert_string_equal(address_port_text(&query.peer, text), "10.0.0.1:9");
    assert_true(query.final);
    assert_int_equal(deadline_ms, 7);
    assert_int_equal(query.since_ns, 5);
    capture_start(&said);
    assert_int_equal(request_parse_accepted(bad, &query, &deadline_ms), -EINVAL);
    capture_end(&said);
    assert_string_equal(said.last, "'peer' is missing: the client's ADDRESS:PORT");
}

static void manage_is_read(void **state)
{
    _cleanup_json_ json_t *object =
        parse("{\"op\": \"manage\", \"command\": \"disable\", \"family\": \"mapped\"}");
    _cleanup_json_ json_t *bad = parse("{\"op\": \"manage\", \"command\": \"enable;\"}");
    struct manage_request request;
    struct capture said;

    (void)state;
    assert_int_equal(request_parse_manage(object, &request), 0);
    assert_false(request.enable);
    assert_int_equal(request.family, FAMILY_MAPPED);
    capture_start(&said);
    assert_int_equal(request_parse_manage(bad, &request), -EINVAL);
    capture_end(&said);
    assert_string_equal(said.last, "'command' is 'enable;', which it cannot be");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(the_default_receive_follows_the_end),
        cmocka_unit_test(several_destinations),
        cmocka_unit_test(mapped_addresses_are_mapped),
        cmocka_unit_test(every_form_of_from),
        cmocka_unit_test(ways_may_decide_the_chunk),
        cmocka_unit_test(hostile_flows_are_refused),
        cmocka_unit_test(taken_is_read),
        cmocka_unit_test(manage_is_read),
    };

    return cmocka_run_group_tests_name("agent-request", tests, NULL, NULL);
}
