// SPDX-License-Identifier: Apache-2.0
/* The byte order of ports in authorization tuples, found out by a connection. */
#include "objects_fixture.h"

#include <bpf/bpf.h>

#include "common/json.h"
#include "lab/events.h"
#include "maps/handle.h"
#include "maps/ports.h"
#include "maps/maps.h"
#include "lab/interface.h"
#include "lab/ports.h"

static const char one_node[] = "pods: [{name: a}]\n";

static void expect_count(const struct lab *lab, const char *map, size_t n)
{
    _cleanup_json_ json_t *entries = NULL;

    assert_int_equal(map_dump(lab, &lab->topology->nodes[0], map, &entries), 0);
    assert_int_equal(json_array_size(entries), n);
}

/* Two bytes of the only key: the server's port. */
static void expect_port_bytes(const struct lab *lab, const uint8_t expected[2])
{
    _cleanup_close_ int fd = -1;
    uint8_t key[36];

    assert_int_equal(map_open(lab, &lab->topology->nodes[0], "km_auth_res", &fd), 0);
    assert_int_equal(bpf_map_get_next_key(fd, NULL, key), 0);
    assert_memory_equal(key + 10, expected, 2);
}

/* What is written is read again, whichever order it is in between. */
static void expect_codec(const struct lab *lab, const uint8_t expected[2])
{
    const struct topology_node *node = &lab->topology->nodes[0];
    _cleanup_json_ json_t *key =
        json_pack("{s:s, s:s}", "client", "10.0.0.1:4660", "server", "10.0.0.2:80");
    _cleanup_json_ json_t *deny = json_pack("{s:i}", "deny", 1), *entries = NULL;
    const char *server;

    assert_int_equal(map_set(lab, node, "km_auth_res", key, deny), 0);
    expect_port_bytes(lab, expected);
    assert_int_equal(map_dump(lab, node, "km_auth_res", &entries), 0);
    assert_int_equal(json_unpack(entries, "[{s:{s:s}}]", "key", "server", &server), 0);
    assert_string_equal(server, "10.0.0.2:80");
}

static void expect_no_request(const struct lab *lab)
{
    static const char *const maps[] = {"km_auth_req"};
    struct events *events = NULL;

    assert_int_equal(events_open(lab, NULL, maps, 1, &events), 0);
    assert_int_equal(events_read(events, NULL, NULL), 0);
    events_close(&events);
}

static void expect_lab(struct lab *lab, const char *object, bool network, const uint8_t port[2])
{
    fixture_object(object, "mine");
    expect_up(lab, &(struct programs_source){.dir = fixture.objects});
    assert_int_equal(map_ports_order(lab), network ? PORT_ORDER_NETWORK : PORT_ORDER_HOST);
    expect_count(lab, "km_manage", 0);
    /* Nothing is left to be read. */
    expect_no_request(lab);
    expect_codec(lab, port);
    assert_int_equal(programs_down(lab), 0);
    assert_int_equal(map_ports_order(lab), PORT_ORDER_HOST);
    expect_nothing_stays(lab);
    assert_int_equal(unlink(in_objects("mine.bpf.o")), 0);
}

static void test_lab(void **state)
{
    struct lab *lab = fixture_up(one_node);

    (void)state;
    expect_lab(lab, "ports_network", true, (const uint8_t[]){0, 80});
    expect_lab(lab, "ports_host", false, (const uint8_t[]){80, 0});
}

static void expect_report(const char *object, const char *ports)
{
    struct programs_source source = {.dir = fixture.objects};
    _cleanup_json_ json_t *report = NULL;
    const char *found;
    int loaded;

    fixture_object(object, "mine");
    assert_int_equal(programs_interface(&source, &report, &loaded), 0);
    found = json_string_value(json_object_get(report, "ports"));
    assert_non_null(found);
    assert_string_equal(found, ports);
    assert_int_equal(unlink(in_objects("mine.bpf.o")), 0);
}

static void test_report(void **state)
{
    char path[64];

    (void)state;
    fixture_up(one_node);
    snprintf(path, sizeof(path), "%s/interface", fixture.root);
    setenv("WAYPOST_STATE", path, 1);
    expect_report("ports_network", "network");
    expect_report("ports_host", "host");
    /* Nobody answers: it has no km_auth_req. */
    expect_report("sockops", "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_lab, fixture_down),
        cmocka_unit_test_teardown(test_report, fixture_down),
    };

    return cmocka_run_group_tests(tests, fixture_private, NULL);
}
