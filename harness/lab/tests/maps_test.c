// SPDX-License-Identifier: Apache-2.0
/* Entries, the topology's and the baseline, in the maps of real programs. */
#include "lab/tests/bpf_fixture.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <sys/socket.h>

#include "common/json.h"
#include "lab/events.h"
#include "maps/baseline.h"
#include "maps/handle.h"
#include "maps/topology.h"
#include "maps/maps.h"
#include "lab/programs.h"

static const char topology[] = "pods:\n"
                               "  - {name: a, ipv4: 10.128.0.10, uid: 1001}\n"
                               "  - {name: w, ipv4: 10.128.0.11, uid: 1002}\n"
                               "services:\n"
                               "  - name: web\n"
                               "    ipv4: 10.96.0.1\n"
                               "    ports: [{port: 80, target: 8080}]\n"
                               "    endpoints: [{pod: a}]\n"
                               "    waypoint: {pod: w, port: 15008}\n";

static void expect_json(const json_t *got, const char *expected)
{
    _cleanup_json_ json_t *wanted = json_loads(expected, 0, NULL);
    _cleanup_free_ char *text = json_dumps(got, JSON_SORT_KEYS);

    assert_non_null(wanted);
    if (!json_equal(got, wanted))
        fail_msg("expected %s, got %s", expected, text);
}

static struct lab *lab_with_programs(void)
{
    struct lab *lab = fixture_up(topology);

    fixture_all_objects();
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    return lab;
}

static const struct topology_node *the_node(const struct lab *lab)
{
    return &lab->topology->nodes[0];
}

static int set(const struct lab *lab, const char *map, const char *key, const char *value)
{
    _cleanup_json_ json_t *k = json_loads(key, 0, NULL), *v = json_loads(value, 0, NULL);

    assert_true(k && v);
    return map_set(lab, the_node(lab), map, k, v);
}

static int delete (const struct lab *lab, const char *map, const char *key)
{
    _cleanup_json_ json_t *k = json_loads(key, 0, NULL);

    assert_non_null(k);
    return map_delete(lab, the_node(lab), map, k);
}

static void expect_entry(const struct lab *lab, const char *map, const char *key,
                         const char *expected)
{
    _cleanup_json_ json_t *k = json_loads(key, 0, NULL), *got = NULL;
    int r = map_get(lab, the_node(lab), map, k, &got);

    if (!expected) {
        assert_int_equal(r, -ENOKEY);
        return;
    }
    assert_int_equal(r, 0);
    expect_json(got, expected);
}

static void expect_dump(const struct lab *lab, const char *map, const char *expected)
{
    _cleanup_json_ json_t *got = NULL;

    assert_int_equal(map_dump(lab, the_node(lab), map, &got), 0);
    expect_json(got, expected);
}

static void test_set_get_delete(void **state)
{
    struct lab *lab = lab_with_programs();

    (void)state;
    expect_entry(lab, "km_frontend", "{\"address\":\"10.0.0.1\"}", NULL);
    assert_int_equal(set(lab, "km_frontend", "{\"address\":\"10.0.0.1\"}", "{\"upstream\":7}"), 0);
    expect_entry(lab, "km_frontend", "{\"address\":\"10.0.0.1\"}", "{\"upstream\":7}");
    expect_dump(lab, "km_frontend",
                "[{\"key\":{\"address\":\"10.0.0.1\"},\"value\":{\"upstream\":7}}]");
    assert_int_equal(delete (lab, "km_frontend", "{\"address\":\"10.0.0.1\"}"), 0);
    assert_int_equal(delete (lab, "km_frontend", "{\"address\":\"10.0.0.1\"}"), -ENOKEY);
    expect_dump(lab, "km_frontend", "[]");
    assert_string_equal(fixture.errors, "");
}

/* Fields that a value leaves out stay as they are. */
static void test_set_part(void **state)
{
    struct lab *lab = lab_with_programs();

    (void)state;
    assert_int_equal(set(lab, "km_backend", "{\"uid\":5}", "{\"address\":\"10.0.0.5\"}"), 0);
    assert_int_equal(
        set(lab, "km_backend", "{\"uid\":5}", "{\"services\":[3],\"waypoint_port\":1}"), 0);
    expect_entry(lab, "km_backend", "{\"uid\":5}",
                 "{\"address\":\"10.0.0.5\",\"services\":[3],\"waypoint\":null,"
                 "\"waypoint_port\":1}");
}

static void test_mistakes(void **state)
{
    struct lab *lab = lab_with_programs();
    int fd;

    (void)state;
    assert_int_equal(set(lab, "km_nothing", "{}", "{}"), -ENOENT);
    fixture_expect_error("km_frontend");
    assert_int_equal(map_open(lab, the_node(lab), "../programs/sendmsg_prog", &fd), -ENOENT);
    assert_int_equal(set(lab, "km_cgr_tailcall", "{\"slot\":0}", "{\"program\":1}"), -EOPNOTSUPP);
    fixture_expect_error("km_cgr_tailcall");
    assert_int_equal(set(lab, "km_backend", "{\"uid\":5}", "{\"address\":5}"), -EINVAL);
    fixture_expect_error("'address'");
    expect_entry(lab, "km_backend", "{\"uid\":5}", NULL);
    assert_int_equal(map_dump(lab, the_node(lab), "km_log_event", &(json_t *){NULL}), -EOPNOTSUPP);
}

static void test_write_topology(void **state)
{
    struct lab *lab = lab_with_programs();

    (void)state;
    assert_int_equal(maps_write_topology(lab), 0);
    expect_entry(lab, "km_frontend", "{\"address\":\"10.96.0.1\"}", "{\"upstream\":1}");
    expect_entry(lab, "km_frontend", "{\"address\":\"10.128.0.10\"}", "{\"upstream\":1001}");
    expect_entry(lab, "km_service", "{\"id\":1}",
                 "{\"counts\":[1,0,0,0,0,0,0],\"policy\":0,"
                 "\"ports\":[80,0,0,0,0,0,0,0,0,0],\"targets\":[8080,0,0,0,0,0,0,0,0,0],"
                 "\"waypoint\":\"10.128.0.11\",\"waypoint_port\":15008}");
    expect_dump(lab, "km_endpoint",
                "[{\"key\":{\"service\":1,\"priority\":0,\"index\":1},"
                "\"value\":{\"uid\":1001}}]");
    expect_entry(lab, "km_backend", "{\"uid\":1001}",
                 "{\"address\":\"10.128.0.10\",\"services\":[1],\"waypoint\":null,"
                 "\"waypoint_port\":0}");
}

static void test_dump_manage(void **state)
{
    struct lab *lab = lab_with_programs();

    (void)state;
    assert_int_equal(set(lab, "km_manage", "{\"address\":\"10.128.0.10\"}", "{}"), 0);
    assert_int_equal(set(lab, "km_manage", "{\"cookie\":4099}", "{}"), 0);
    expect_dump(lab, "km_manage",
                "[{\"key\":{\"cookie\":4099},\"value\":{\"value\":0}},"
                "{\"key\":{\"address\":\"10.128.0.10\"},"
                "\"value\":{\"value\":0}}]");
}

/* Changes through the CLI, through a program and through nobody: all are taken back. */
static void test_baseline(void **state)
{
    struct lab *lab = lab_with_programs();
    _cleanup_json_ json_t *before = NULL, *after = NULL;

    (void)state;
    assert_int_equal(maps_write_topology(lab), 0);
    assert_int_equal(set(lab, "km_manage", "{\"cookie\":4099}", "{}"), 0);
    assert_int_equal(map_dump(lab, the_node(lab), "km_service", &before), 0);
    assert_int_equal(maps_save_baseline(lab), 0);
    assert_int_equal(set(lab, "km_service", "{\"id\":1}", "{\"policy\":1,\"ports\":[1]}"), 0);
    assert_int_equal(set(lab, "km_service", "{\"id\":2}", "{\"policy\":1}"), 0);
    assert_int_equal(delete (lab, "km_frontend", "{\"address\":\"10.96.0.1\"}"), 0);
    assert_int_equal(set(lab, "km_frontend", "{\"address\":\"10.96.0.2\"}", "{}"), 0);
    assert_int_equal(maps_restore_baseline(lab), 0);
    assert_int_equal(map_dump(lab, the_node(lab), "km_service", &after), 0);
    assert_true(json_equal(before, after));
    expect_entry(lab, "km_frontend", "{\"address\":\"10.96.0.1\"}", "{\"upstream\":1}");
    expect_entry(lab, "km_frontend", "{\"address\":\"10.96.0.2\"}", NULL);
    expect_dump(lab, "km_manage", "[{\"key\":{\"cookie\":4099},\"value\":{\"value\":0}}]");
}

static void write_raw(const struct lab *lab, const char *map, const void *key, const void *value)
{
    _cleanup_close_ int fd = -1;

    assert_int_equal(map_open(lab, the_node(lab), map, &fd), 0);
    if (value)
        assert_int_equal(bpf_map_update_elem(fd, key, value, BPF_ANY), 0);
    else
        assert_int_equal(bpf_map_delete_elem(fd, key), 0);
}

static void test_baseline_of_programs(void **state)
{
    struct lab *lab = lab_with_programs();
    uint64_t saved[2] = {4099, 0}, other[2] = {5000, 0};
    uint32_t value = 0, calls = 17;
    const char *clean = "[{\"key\":{\"cookie\":4099},\"value\":{\"value\":0}}]";

    (void)state;
    write_raw(lab, "km_manage", saved, &value);
    assert_int_equal(maps_save_baseline(lab), 0);
    write_raw(lab, "km_manage", other, &value);
    write_raw(lab, "km_manage", saved, NULL);
    write_raw(lab, "globals_connect4_data", &value, &calls);
    assert_int_equal(maps_restore_baseline(lab), 0);
    expect_dump(lab, "km_manage", clean);
    expect_dump(lab, "globals_connect4_data",
                "[{\"key\":{\"raw\":\"00000000\"},\"value\":{\"raw\":\"02000000\"}}]");
    assert_int_equal(delete (lab, "km_manage", "{\"cookie\":4099}"), 0);
    assert_int_equal(maps_restore_baseline(lab), 0);
    expect_dump(lab, "km_manage", clean);
}

/* One entry of room, and the one that is there is not the one that was. */
static void test_baseline_of_a_full_map(void **state)
{
    struct lab *lab = fixture_up("pods: [{name: a}]\nmaps: [{name: km_manage, entries: 1}]\n");

    (void)state;
    fixture_all_objects();
    assert_int_equal(fixture_programs(lab, fixture.objects), 0);
    assert_int_equal(set(lab, "km_manage", "{\"cookie\":1}", "{}"), 0);
    assert_int_equal(maps_save_baseline(lab), 0);
    assert_int_equal(set(lab, "km_manage", "{\"cookie\":2}", "{}"), -E2BIG);
    fixture_expect_error("1 entries");
    assert_int_equal(delete (lab, "km_manage", "{\"cookie\":1}"), 0);
    assert_int_equal(set(lab, "km_manage", "{\"cookie\":2}", "{}"), 0);
    assert_int_equal(maps_restore_baseline(lab), 0);
    expect_dump(lab, "km_manage", "[{\"key\":{\"cookie\":1},\"value\":{\"value\":0}}]");
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 ? fd : -errno;
}

static int refused_twice(void *data)
{
    (void)data;
    for (int i = 0; i < 2; i++)
        if (connect_to(9) != -ECONNREFUSED)
            return 1;
    return 0;
}

static int collect_text(void *data, const struct event *event)
{
    assert_string_equal(event->map, "km_log_event");
    return json_array_append(data, (json_t *)event->record);
}

static void test_events(void **state)
{
    static const char *const no_ring[] = {"km_manage"};
    struct lab *lab = lab_with_programs();
    _cleanup_json_ json_t *got = json_array();
    _cleanup_(events_close) struct events *events = NULL;

    (void)state;
    fixture_loopback_up();
    assert_int_equal(set(lab, "km_frontend", "{\"address\":\"127.0.0.1\"}", "{\"upstream\":10}"),
                     0);
    assert_int_equal(fixture_in_pod("a", refused_twice, NULL), 0);
    assert_int_equal(events_open(lab, the_node(lab), no_ring, 1, &events), -EINVAL);
    fixture_expect_error("km_manage");
    assert_int_equal(events_open(lab, NULL, NULL, 0, &events), 0);
    assert_int_equal(events_read(events, collect_text, got), 2);
    expect_json(got, "[{\"text\":\"redirected\"},{\"text\":\"redirected\"}]");
    assert_int_equal(events_read(events, collect_text, got), 0);
}

/* A connection of the pod's, while it is open; the child waits until the parent has looked. */
struct open_socket {
    uint16_t port;
    int ready[2], done[2];
};

static int hold_socket(void *data)
{
    struct open_socket *o = data;
    char byte = connect_to(o->port) >= 0 ? 'y' : 'n';

    if (write(o->ready[1], &byte, 1) != 1)
        return 1;
    close(o->done[1]);
    return read(o->done[0], &byte, 1) == 0 ? 0 : 1;
}

static int look_while_open(void *data)
{
    struct open_socket *o = data;
    pid_t pid = fork();
    _cleanup_json_ json_t *dump = NULL;
    const char *peer = "";
    char byte = 0, expected[32];

    if (pid == 0)
        _exit(hold_socket(data));
    if (read(o->ready[0], &byte, 1) != 1 || byte != 'y')
        return 1;
    snprintf(expected, sizeof(expected), "127.0.0.1:%u", o->port);
    if (map_dump(&fixture.lab, the_node(&fixture.lab), "km_socket", &dump) < 0 ||
        json_array_size(dump) != 1 ||
        json_unpack(dump, "[{s:{s:s}, s:n}]", "key", "peer", &peer, "value") < 0 ||
        strcmp(peer, expected) != 0)
        return 2;
    return map_get(&fixture.lab, the_node(&fixture.lab), "km_socket",
                   json_object_get(json_array_get(dump, 0), "key"), &(json_t *){NULL}) == 0
               ? 0
               : 3;
}

static void test_sockhash(void **state)
{
    struct lab *lab = lab_with_programs();
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(sin);
    _cleanup_close_ int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct open_socket o;

    (void)state;
    fixture_loopback_up();
    assert_int_equal(bind(listener, (struct sockaddr *)&sin, sizeof(sin)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&sin, &length), 0);
    o.port = ntohs(sin.sin_port);
    assert_int_equal(pipe(o.ready), 0);
    assert_int_equal(pipe(o.done), 0);
    expect_dump(lab, "km_socket", "[]");
    assert_int_equal(fixture_in_pod("a", look_while_open, &o), 0);
    for (int i = 0; i < 2; i++) {
        close(o.ready[i]);
        close(o.done[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_set_get_delete, fixture_down),
        cmocka_unit_test_teardown(test_set_part, fixture_down),
        cmocka_unit_test_teardown(test_mistakes, fixture_down),
        cmocka_unit_test_teardown(test_write_topology, fixture_down),
        cmocka_unit_test_teardown(test_dump_manage, fixture_down),
        cmocka_unit_test_teardown(test_baseline, fixture_down),
        cmocka_unit_test_teardown(test_baseline_of_programs, fixture_down),
        cmocka_unit_test_teardown(test_baseline_of_a_full_map, fixture_down),
        cmocka_unit_test_teardown(test_events, fixture_down),
        cmocka_unit_test_teardown(test_sockhash, fixture_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
