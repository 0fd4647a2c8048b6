// SPDX-License-Identifier: Apache-2.0
/* An observation as text for people and as variables for shells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "show/flow.h"
#include "show/flow_vars.h"
#include "show/owner.h"
#include "common/cleanup.h"

static const char topology_text[] = "pods:\n"
                                    "  - {name: client}\n"
                                    "  - {name: web1}\n"
                                    "  - {name: waypoint}\n"
                                    "services:\n"
                                    "  - name: web\n"
                                    "    ports: [{port: 80, target: 8080}]\n"
                                    "    endpoints: [{pod: web1}]\n";

static const char through_waypoint[] =
    "{'lab':'l','pod':'client','asked':'10.96.0.1:80','family':'v4',"
    " 'client':{'errno':null,'stage':null,'local':'10.128.0.2:40000','peer':'10.128.0.4:15008',"
    "  'socket_cookie':7,'sent':64,'sent_digest':'xxh3:1','received':0,'received_digest':'xxh3:0',"
    "  'received_wrong_at':null,'elapsed_us':300},"
    " 'hooks':{'before':['10.96.0.1:80'],'after':['10.128.0.4:15008']},"
    " 'listener':{'pod':'waypoint','port':15008,'peer':'10.128.0.2:40000','end':'eof','head':'01',"
    "  'raw_bytes':80,'tlv':{'status':'ok','destination':'10.96.0.1:80','size':16},"
    "  'payload':{'bytes':64,'digest':'xxh3:1','wrong_at':null}}}";

static const char refused[] =
    "{'lab':'l','pod':'client','asked':'[::ffff:10.128.0.3]:81','family':'mapped',"
    " 'client':{'errno':'ECONNREFUSED','stage':'connect','local':'[::ffff:10.128.0.2]:40000',"
    "  'peer':null,'socket_cookie':7,'sent':0,'received':0},"
    " 'hooks':{'before':['[::ffff:10.128.0.3]:81'],'after':['[::ffff:10.128.0.3]:81']},"
    " 'listener':null}";

static const char wrong_payload[] =
    "{'lab':'l','pod':'client','asked':'10.128.0.3:80','family':'v4',"
    " 'client':{'errno':'ECONNRESET','stage':'send','peer':'10.128.0.3:80','sent':64,"
    "  'sent_digest':'xxh3:1','received':0},"
    " 'hooks':{'before':[],'after':[]},"
    " 'listener':{'pod':'web1','port':80,'peer':'10.128.0.2:1','tlv':{'status':'misplaced',"
    "  'destination':'10.96.0.1:80','size':16},"
    "  'payload':{'bytes':32,'digest':'xxh3:2','wrong_at':12}}}";

static int setup(void **state)
{
    struct topology *t = NULL;

    if (topology_parse("test.yaml", topology_text, strlen(topology_text), &t) < 0)
        return -1;
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct topology *t = *state;

    topology_free(&t);
    return 0;
}

/* JSON with ' for ". */
static json_t *parse(const char *quoted)
{
    _cleanup_free_ char *text = strdup(quoted);
    json_error_t error;
    json_t *j;

    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    j = json_loads(text, 0, &error);
    if (!j)
        fail_msg("%s", error.text);
    return j;
}

typedef void (*print_fn)(FILE *out, const json_t *observation, const struct topology *t);

static char *print(print_fn fn, const char *quoted, void **state)
{
    _cleanup_json_ json_t *observation = parse(quoted);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    fn(out, observation, *state);
    fclose(out);
    return text;
}

static void text_of_a_waypoint_flow(void **state)
{
    _cleanup_free_ char *text = print(flow_print_text, through_waypoint, state);

    assert_string_equal(text, "client → 10.96.0.1:80 (web): connected to 10.128.0.4:15008 "
                              "(waypoint)\n"
                              "hooks     10.96.0.1:80 → 10.128.0.4:15008\n"
                              "listener  waypoint:15008 from 10.128.0.2:40000, TLV 10.96.0.1:80, "
                              "payload 64 bytes as sent\n");
}

static void text_of_a_refusal(void **state)
{
    _cleanup_free_ char *text = print(flow_print_text, refused, state);

    assert_string_equal(text, "client → [::ffff:10.128.0.3]:81 (web1): ECONNREFUSED at connect\n"
                              "hooks     [::ffff:10.128.0.3]:81, unchanged\n"
                              "listener  none\n");
}

static void text_of_lost_events(void **state)
{
    static const char observation[] =
        "{'lab':'l','pod':'client','asked':'10.96.0.1:80','client':{},"
        "'hooks':{'before':['10.96.0.1:80'],'after':[],'lost':136},'listener':null}";
    _cleanup_free_ char *text = print(flow_print_text, observation, state);

    assert_non_null(strstr(text, "hooks     10.96.0.1:80 → nothing\n"
                                 "          136 events of the pod were lost, which may have been "
                                 "this flow's\n"));
}

static void text_of_a_wrong_payload(void **state)
{
    _cleanup_free_ char *text = print(flow_print_text, wrong_payload, state);

    assert_string_equal(text, "client → 10.128.0.3:80 (web1): connected to 10.128.0.3:80 (web1), "
                              "then ECONNRESET at send\n"
                              "hooks     saw no connect\n"
                              "listener  web1:80 from 10.128.0.2:1, TLV 10.96.0.1:80: misplaced, "
                              "payload 32 bytes of 64 sent, wrong from byte 12\n");
}

static void expect_line(const char *text, const char *line)
{
    size_t length = strlen(line);

    for (const char *at = text; (at = strstr(at, line)); at++) {
        if ((at == text || at[-1] == '\n') && at[length] == '\n')
            return;
    }
    fail_msg("no line '%s' in:\n%s", line, text);
}

static void vars_of_a_waypoint_flow(void **state)
{
    static const char *const lines[] = {
        "lab=l",
        "client_errno=",
        "client_peer=10.128.0.4:15008",
        "client_peer_name=waypoint:15008",
        "client_local_plain=10.128.0.2:40000",
        "hooks_before=10.96.0.1:80",
        "hooks_before_name=web:80",
        "hooks_after_name=waypoint:15008",
        "asked_name=web:80",
        "listener_port=15008",
        "listener_tlv_status=ok",
        "listener_tlv_destination_name=web:80",
        "listener_payload_bytes=64",
        "listener_payload_wrong_at=",
    };
    _cleanup_free_ char *text = print(flow_print_vars, through_waypoint, state);

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        expect_line(text, lines[i]);
}

static void vars_without_a_listener_are_there_all_the_same(void **state)
{
    static const char *const lines[] = {
        "client_errno=ECONNREFUSED",
        "client_peer=",
        "client_peer_name=",
        "client_local_plain=10.128.0.2:40000",
        "hooks_after=[::ffff:10.128.0.3]:81",
        "hooks_after_name=web1:81",
        "listener_pod=",
        "listener_tlv_status=",
        "listener_payload_wrong_at=",
    };
    _cleanup_free_ char *text = print(flow_print_vars, refused, state);

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        expect_line(text, lines[i]);
}

static void vars_stay_one_line_each(void **state)
{
    static const char observation[] =
        "{'lab':'l\\nclient_errno=EVIL','pod':'client','client':{'deep':{'er':{'more':{'and':{"
        "'most':1}}}},'list':['10.96.0.1:80','10.96.0.1:81'],'is':true,'two\\nlines=1':2,"
        "'peers':{'10.128.0.3:80':3,'10.96.0.1\\n:80':4}},"
        "'hooks':{'before':['10.96.0.1:80','10.128.0.3:1'],'after':['nonsense']},'listener':null}";
    _cleanup_free_ char *text = print(flow_print_vars, observation, state);

    expect_line(text, "lab=l?client_errno=EVIL");
    expect_line(text, "client_list=10.96.0.1:80 10.96.0.1:81");
    expect_line(text, "client_is=true");
    expect_line(text, "hooks_before_name=web:80 web1:1");
    expect_line(text, "hooks_after_name=");
    expect_line(text, "client_peers=10.128.0.3:80=3 10.96.0.1?:80=4");
    expect_line(text, "client_peers_name=web1:80=3 =4");
}

static void loopback_belongs_to_the_client(void **state)
{
    struct address_port v4 = {0}, v6 = {0}, other = {0};

    assert_int_equal(address_parse("127.0.0.7", &v4.address), 0);
    assert_int_equal(address_parse("::1", &v6.address), 0);
    assert_int_equal(address_parse("192.0.2.1", &other.address), 0);
    assert_string_equal(flow_owner(*state, "client", &v4), "client");
    assert_string_equal(flow_owner(*state, "client", &v6), "client");
    assert_null(flow_owner(*state, "client", &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_a_waypoint_flow),
        cmocka_unit_test(text_of_a_refusal),
        cmocka_unit_test(text_of_lost_events),
        cmocka_unit_test(text_of_a_wrong_payload),
        cmocka_unit_test(vars_of_a_waypoint_flow),
        cmocka_unit_test(vars_without_a_listener_are_there_all_the_same),
        cmocka_unit_test(vars_stay_one_line_each),
        cmocka_unit_test(loopback_belongs_to_the_client),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
