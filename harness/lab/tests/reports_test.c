// SPDX-License-Identifier: Apache-2.0
/* Records of ring buffers, and global variables, in a program that writes what it is told to. */
#include "lab/tests/bpf_fixture.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/json.h"
#include "lab/events.h"
#include "maps/handle.h"
#include "maps/record.h"
#include "maps/layout.h"
#include "maps/ports.h"
#include "lab/programs.h"
#include "lab/settings.h"
#include "maps/tests/records.h"

static void expect_json(const json_t *got, const char *expected)
{
    _cleanup_json_ json_t *wanted = json_loads(expected, 0, NULL);
    _cleanup_free_ char *text = json_dumps(got, JSON_SORT_KEYS);

    assert_non_null(wanted);
    if (!json_equal(got, wanted))
        fail_msg("expected %s, got %s", expected, text);
}

/* -- Rings ------------------------------------------------------------------------------------ */

static const char topology[] = "nodes: [n1, n2]\n"
                               "pods: [{name: a, node: n1}, {name: b, node: n2, ipv6: none}]\n";

static struct lab *lab_with_reports(void)
{
    struct lab *lab = fixture_up(topology);

    fixture_object("reports", NULL);
    fixture_object("connect6", NULL);
    fixture_object("sockops", NULL);
    fixture_object("sendmsg", NULL);
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    fixture_loopback_up();
    return lab;
}

/* What the program is to write; on the node of pod a or b. */
static void plant(const struct lab *lab, size_t node, uint32_t ring, const void *bytes,
                  uint32_t size)
{
    struct {
        uint32_t ring, size;
        uint8_t bytes[512];
    } record = {.ring = ring, .size = size};
    const uint32_t first = 0;
    _cleanup_close_ int fd = -1;

    memcpy(record.bytes, bytes, size);
    assert_int_equal(map_open(lab, &lab->topology->nodes[node], "test_record", &fd), 0);
    assert_int_equal(bpf_map_update_elem(fd, &first, &record, BPF_ANY), 0);
}

static int connect_somewhere(void *data)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)data;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno == ECONNREFUSED ? 0 : 1;
}

static void report(const struct lab *lab, size_t node, uint32_t ring, const void *bytes,
                   uint32_t size)
{
    plant(lab, node, ring, bytes, size);
    assert_int_equal(fixture_in_pod(node ? "b" : "a", connect_somewhere, NULL), 0);
}

static int collect(void *data, const struct event *event)
{
    return json_array_append_new(
        data, json_pack("[s, s, O]", event->node->name, event->map, event->record));
}

static void records_say_their_ring_and_node(void **state)
{
    struct lab *lab = lab_with_reports();
    const struct km_auth_record auth = an_auth_record();
    _cleanup_(events_close) struct events *all = NULL, *one = NULL;
    static const char *const probe[] = {"km_tcp_probe"};
    _cleanup_json_ json_t *got = json_array();

    (void)state;
    assert_int_equal(events_open(lab, NULL, NULL, 0, &all), 0);
    assert_int_equal(events_open(lab, &lab->topology->nodes[1], probe, 1, &one), 0);
    assert_int_equal(events_read(all, collect, got), 0);
    report(lab, 0, 1, &auth, sizeof(auth));
    report(lab, 1, 2, "\1\2\3", 3);
    assert_int_equal(events_read(one, collect, got), 1);
    assert_int_equal(events_read(all, collect, got), 1);
    assert_int_equal(events_read(all, collect, got), 0);
    expect_json(got, "[[\"n2\",\"km_tcp_probe\",{\"raw\":\"010203\"}],"
                     "[\"n1\",\"km_auth_req\",{\"family\":\"v4\",\"client\":\"10.0.0.1:40000\","
                     "\"server\":\"10.0.0.2:80\"}]]");
}

/* Two labs are open at once, with the same programs and another order of ports each. */
static void each_lab_keeps_its_order_of_ports(void **state)
{
    struct lab *network = lab_with_reports(), contract = *network;
    const struct topology_node *node = &network->topology->nodes[0];
    const struct km_auth_record auth = an_auth_record();
    static const char *const request[] = {"km_auth_req"};
    _cleanup_(events_close) struct events *of_network = NULL, *of_contract = NULL;
    _cleanup_json_ json_t *got = json_array();

    (void)state;
    contract.state_dir = fixture.objects;
    assert_int_equal(map_ports_keep(network, PORT_ORDER_NETWORK), 0);
    assert_int_equal(events_open(network, node, request, 1, &of_network), 0);
    report(network, 0, 1, &auth, sizeof(auth));
    assert_int_equal(events_open(&contract, node, request, 1, &of_contract), 0);
    assert_int_equal(events_read(of_network, collect, got), 1);
    report(network, 0, 1, &auth, sizeof(auth));
    assert_int_equal(events_read(of_contract, collect, got), 1);
    expect_json(got, "[[\"n1\",\"km_auth_req\",{\"family\":\"v4\","
                     "\"client\":\"10.0.0.1:16540\",\"server\":\"10.0.0.2:20480\"}],"
                     "[\"n1\",\"km_auth_req\",{\"family\":\"v4\","
                     "\"client\":\"10.0.0.1:40000\",\"server\":\"10.0.0.2:80\"}]]");
}

static int collect_one(void *data, const struct event *event)
{
    collect(data, event);
    return -ECANCELED;
}

/* Who has seen enough leaves the rest for the next. */
static void a_callback_ends_the_walk(void **state)
{
    struct lab *lab = lab_with_reports();
    _cleanup_(events_close) struct events *events = NULL;
    _cleanup_json_ json_t *got = json_array();
    struct pollfd ready = {.events = POLLIN};

    (void)state;
    assert_int_equal(events_open(lab, NULL, NULL, 0, &events), 0);
    ready.fd = events_fd(events);
    assert_int_equal(poll(&ready, 1, 0), 0);
    for (size_t i = 0; i < 3; i++)
        report(lab, 0, 2, "\1", 1);
    assert_int_equal(poll(&ready, 1, 5000), 1);
    assert_int_equal(events_read(events, collect_one, got), -ECANCELED);
    assert_int_equal(json_array_size(got), 1);
    assert_int_equal(events_read(events, NULL, NULL), 2);
    assert_int_equal(events_read(events, collect, got), 0);
}

/* -- Settings --------------------------------------------------------------------------------- */

static void expect_settings(const struct lab *lab, size_t node, const char *expected)
{
    _cleanup_json_ json_t *got = NULL;

    assert_int_equal(settings_read(lab, &lab->topology->nodes[node], &got), 0);
    expect_json(got, expected);
}

static int write_one(const struct lab *lab, const char *name, const char *text)
{
    const struct setting setting = {name, text};

    return settings_write(lab, &lab->topology->nodes[0], &setting, 1);
}

#define ELSEWHERE                                                                                  \
    "{\"name\":\"enable_monitoring\",\"value\":1,\"objects\":[\"reports\"]},"                      \
    "{\"name\":\"enable_periodic_report\",\"value\":0,\"objects\":[\"reports\"]},"

static void settings_are_written_wherever_they_are(void **state)
{
    struct lab *lab = lab_with_reports();
    const struct setting both[] = {{"bpf_log_level", "3"}, {"node_ip", "a"}};

    (void)state;
    expect_settings(lab, 0,
                    "[{\"name\":\"bpf_log_level\",\"value\":2,\"objects\":[\"connect6\","
                    "\"reports\"]}," ELSEWHERE
                    "{\"name\":\"node_ip\",\"value\":null,\"objects\":[\"reports\"]}]");
    assert_int_equal(settings_write(lab, &lab->topology->nodes[0], both, 2), 0);
    expect_settings(lab, 0,
                    "[{\"name\":\"bpf_log_level\",\"value\":3,\"objects\":[\"connect6\","
                    "\"reports\"]}," ELSEWHERE
                    "{\"name\":\"node_ip\",\"value\":\"10.128.0.2\",\"objects\":[\"reports\"]}]");
    expect_settings(lab, 1,
                    "[{\"name\":\"bpf_log_level\",\"value\":2,\"objects\":[\"connect6\","
                    "\"reports\"]}," ELSEWHERE
                    "{\"name\":\"node_ip\",\"value\":null,\"objects\":[\"reports\"]}]");
}

/* The programs see them; IPv4 is ::ffff:a.b.c.d. */
static void settings_reach_the_programs(void **state)
{
    struct lab *lab = lab_with_reports();
    _cleanup_(events_close) struct events *events = NULL;
    const uint32_t first = 0;
    const uint8_t mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 128, 0, 2};
    uint8_t bss[64];
    _cleanup_close_ int fd = -1;

    (void)state;
    assert_int_equal(events_open(lab, NULL, NULL, 0, &events), 0);
    assert_int_equal(write_one(lab, "enable_monitoring", "0"), 0);
    report(lab, 0, 2, "\1", 1);
    assert_int_equal(events_read(events, NULL, NULL), 0);
    assert_int_equal(write_one(lab, "enable_monitoring", "1"), 0);
    report(lab, 0, 2, "\1", 1);
    assert_int_equal(events_read(events, NULL, NULL), 1);
    assert_int_equal(write_one(lab, "node_ip", "10.128.0.2"), 0);
    assert_int_equal(map_open(lab, &lab->topology->nodes[0], "globals_reports_bss", &fd), 0);
    assert_int_equal(bpf_map_lookup_elem(fd, &first, bss), 0);
    assert_non_null(memmem(bss, sizeof(bss), mapped, sizeof(mapped)));
}

static void wrong_settings_change_nothing(void **state)
{
    struct lab *lab = lab_with_reports();
    const struct setting half[] = {{"bpf_log_level", "3"}, {"node_ip", "10.0.0.256"}};

    (void)state;
    assert_int_equal(settings_write(lab, &lab->topology->nodes[0], half, 2), -EINVAL);
    fixture_expect_error("'node_ip' is '10.0.0.256', must be an IP address");
    assert_int_equal(write_one(lab, "bpf_log_level", "-1"), -EINVAL);
    fixture_expect_error("'bpf_log_level' is '-1', must be a whole number from 0 to 4294967295");
    assert_int_equal(write_one(lab, "bpf_log_leve", "1"), -ENOENT);
    fixture_expect_error("'bpf_log_leve'; there are: bpf_log_level, enable_monitoring, "
                         "enable_periodic_report, node_ip");
    assert_int_equal(write_one(lab, "authz_offload", "1"), -ENODATA);
    fixture_expect_error("have no setting 'authz_offload', only bpf_log_level");
    assert_int_equal(write_one(lab, "test_hidden", "1"), -ENOENT);
    assert_int_equal(write_one(lab, "test_constant", "1"), -ENOENT);
    assert_int_equal(write_one(lab, "test_long", "1"), -ENOENT);
    lab->family = FAMILY_V6;
    assert_int_equal(write_one(lab, "node_ip", "b"), -EINVAL);
    fixture_expect_error("has no v6 address");
    expect_settings(lab, 0,
                    "[{\"name\":\"bpf_log_level\",\"value\":2,\"objects\":[\"connect6\","
                    "\"reports\"]}," ELSEWHERE
                    "{\"name\":\"node_ip\",\"value\":null,\"objects\":[\"reports\"]}]");
}

/* A lab goes on without what its objects have not got, when it is told to. */
static void objects_without_settings_say_so(void **state)
{
    const struct setting known[] = {{"enable_monitoring", "1"}}, unknown[] = {{"enable_it", "1"}};
    struct programs_source source = {.partial = true};
    struct lab *lab = fixture_up(topology);
    json_t *got = NULL;

    (void)state;
    fixture_object("old", NULL);
    source.dir = fixture.objects;
    assert_int_equal(programs_up(lab, &source), 0);
    assert_int_equal(settings_read(lab, &lab->topology->nodes[0], &got), -ENODATA);
    fixture_expect_error("in a map, not in");
    assert_int_equal(settings_apply(lab, NULL, 0, false), 0);
    assert_int_equal(settings_apply(lab, known, 1, false), -ENODATA);
    fixture_expect_error("in a map, not in");
    assert_int_equal(settings_apply(lab, known, 1, true), 0);
    assert_string_equal(fixture.errors, "");
    assert_int_equal(settings_apply(lab, unknown, 1, true), -ENODATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(records_say_their_ring_and_node, fixture_down),
        cmocka_unit_test_teardown(each_lab_keeps_its_order_of_ports, fixture_down),
        cmocka_unit_test_teardown(a_callback_ends_the_walk, fixture_down),
        cmocka_unit_test_teardown(settings_are_written_wherever_they_are, fixture_down),
        cmocka_unit_test_teardown(settings_reach_the_programs, fixture_down),
        cmocka_unit_test_teardown(wrong_settings_change_nothing, fixture_down),
        cmocka_unit_test_teardown(objects_without_settings_say_so, fixture_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
