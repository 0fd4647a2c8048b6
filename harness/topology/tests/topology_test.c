// SPDX-License-Identifier: Apache-2.0
/* What a topology is when its file is right: what is given, and what is assigned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <errno.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "topology/topology.h"

#define _cleanup_topology_ _cleanup_(topology_free)

static struct topology *parsed(const char *text)
{
    struct topology *t = NULL;

    assert_int_equal(topology_parse("t", text, strlen(text), &t), 0);
    assert_non_null(t);
    return t;
}

static void assert_address(const struct address *address, const char *expected)
{
    char text[ADDRESS_TEXT_MAX];

    assert_string_equal(address_text(address, text), expected);
}

static void the_smallest_topology_is_a_pod(void **state)
{
    _cleanup_topology_ struct topology *t = parsed("pods: [{name: a}]");

    (void)state;
    assert_string_equal(t->file, "t");
    assert_int_equal(t->n_nodes, 1);
    assert_string_equal(t->nodes[0].name, "node");
    assert_address(&t->nodes[0].v4, "10.127.0.1");
    assert_address(&t->nodes[0].v6, "fd00:127::1");
    assert_int_equal(t->n_pods, 1);
    assert_int_equal(t->n_services, 0);
    assert_int_equal(t->n_maps, 0);
}

static void encryption_is_asked_for_by_name(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("nodes: [n1, n2]\nencryption: marks\npods: [{name: a}]");
    _cleanup_topology_ struct topology *esp = parsed("encryption: esp\npods: [{name: a}]");
    _cleanup_topology_ struct topology *none = parsed("pods: [{name: a}]");

    (void)state;
    assert_int_equal(t->encryption, ENCRYPTION_MARKS);
    assert_int_equal(esp->encryption, ENCRYPTION_ESP);
    assert_int_equal(none->encryption, ENCRYPTION_NONE);
    assert_string_equal(topology_encryption_name(none->encryption), "none");
    assert_string_equal(topology_encryption_name(t->encryption), "marks");
    assert_string_equal(topology_encryption_name(esp->encryption), "esp");
    assert_address(&t->nodes[1].pods_v4, "10.129.0.0");
    assert_address(&t->nodes[1].pods_v6, "fd00:81::");
}

static int add_network(void *data, size_t node, const struct address *address, uint32_t bits)
{
    FILE *out = data;
    char text[ADDRESS_TEXT_MAX];

    fprintf(out, "%zu %s/%u\n", node, address_text(address, text), bits);
    return 0;
}

static int refuse_network(void *data, size_t node, const struct address *address, uint32_t bits)
{
    (void)node;
    (void)address;
    (void)bits;
    (*(size_t *)data)++;
    return -ECANCELED;
}

static void a_pod_from_elsewhere_is_a_network_of_its_own(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("nodes: [n1, n2]\npods: [{name: a, node: n1}, {name: b, node: n2, ipv4: 172.16.7.1, "
               "ipv6: none}, {name: c, node: n2, ipv6: 'fd00:80::9'}]");
    _cleanup_free_ char *text = NULL;
    size_t size, calls = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    assert_int_equal(topology_networks(t, add_network, out), 0);
    fclose(out);
    assert_string_equal(text, "0 10.128.0.0/16\n0 fd00:80::/64\n1 10.129.0.0/16\n1 fd00:81::/64\n"
                              "1 172.16.7.1/32\n1 fd00:80::9/128\n");
    assert_int_equal(topology_networks(t, refuse_network, &calls), -ECANCELED);
    assert_int_equal(calls, 1);
}

static void a_pod_has_defaults(void **state)
{
    _cleanup_topology_ struct topology *t = parsed("pods: [{name: a}, {name: b}]");
    const struct topology_pod *b = &t->pods[1];

    (void)state;
    assert_true(b->managed);
    assert_int_equal(b->node, 0);
    assert_int_equal(b->uid, 1002);
    assert_address(&b->v4, "10.128.0.3");
    assert_address(&b->v6, "fd00:80::3");
    assert_int_equal(b->waypoint.port, 0);
    assert_address(&b->waypoint.v4, "none");
    assert_int_equal(b->n_listeners, 0);
    assert_int_equal(b->n_services, 0);
}

static void a_pod_is_what_its_file_gives(void **state)
{
    _cleanup_topology_ struct topology *t = parsed("nodes: [n1, n2]\n"
                                                   "pods:\n"
                                                   "  - name: a\n"
                                                   "    node: n2\n"
                                                   "    managed: false\n"
                                                   "    ipv4: 10.1.2.3\n"
                                                   "    ipv6: none\n"
                                                   "    uid: 4294967295\n"
                                                   "    listeners:\n"
                                                   "      - {port: 1}\n"
                                                   "      - {port: 2, mode: banner}\n"
                                                   "      - {port: 3, mode: echo}\n"
                                                   "      - {port: 4, mode: reset}\n"
                                                   "      - {port: 65535, mode: fastopen}\n"
                                                   "      - {port: 65535, mode: udp}\n");
    static const enum listener_mode modes[] = {LISTENER_SINK,  LISTENER_BANNER,   LISTENER_ECHO,
                                               LISTENER_RESET, LISTENER_FASTOPEN, LISTENER_UDP};
    const struct topology_pod *a = &t->pods[0];

    (void)state;
    assert_int_equal(a->node, 1);
    assert_false(a->managed);
    assert_address(&a->v4, "10.1.2.3");
    assert_address(&a->v6, "none");
    assert_int_equal(a->uid, UINT32_MAX);
    assert_int_equal(a->n_listeners, ARRAY_SIZE(modes));
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
        assert_int_equal(a->listeners[i].mode, modes[i]);
    assert_int_equal(a->listeners[5].port, 65535);
}

static void addresses_go_by_the_position_on_the_node(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("nodes: [n1, n2]\n"
               "pods: [{name: a}, {name: b, node: n2}, {name: c, ipv4: 10.1.0.1}, {name: d},\n"
               "       {name: e, node: n2}]");

    (void)state;
    assert_address(&t->pods[0].v4, "10.128.0.2");
    assert_address(&t->pods[1].v4, "10.129.0.2");
    assert_address(&t->pods[1].v6, "fd00:81::2");
    assert_address(&t->pods[2].v4, "10.1.0.1");
    assert_address(&t->pods[2].v6, "fd00:80::3");
    assert_address(&t->pods[3].v4, "10.128.0.4");
    assert_address(&t->pods[4].v6, "fd00:81::3");
    assert_address(&t->nodes[1].v4, "10.127.0.2");
}

static void a_service_has_defaults(void **state)
{
    _cleanup_topology_ struct topology *t = parsed(
        "pods: [{name: a}]\nservices: [{name: s, ports: []}, {name: t, ports: [{port: 8}]}]");
    const struct topology_service *s = &t->services[1];

    (void)state;
    assert_address(&s->v4, "10.96.0.2");
    assert_address(&s->v6, "fd00:96::2");
    assert_int_equal(s->id, 2);
    assert_int_equal(s->policy, LB_RANDOM);
    assert_int_equal(s->n_ports, 1);
    assert_int_equal(s->ports[0].port, 8);
    assert_int_equal(s->ports[0].target, 8);
    assert_int_equal(s->n_endpoints, 0);
    assert_int_equal(s->waypoint.port, 0);
    assert_int_equal(t->services[0].n_ports, 0);
}

static void a_service_is_what_its_file_gives(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a}, {name: b}]\n"
               "services:\n"
               "  - name: s\n"
               "    ipv4: none\n"
               "    ipv6: fd00:1::1\n"
               "    id: 1002\n"
               "    policy: failover\n"
               "    ports: [{port: 80, target: 8080}, {port: 81, target: 8080}]\n"
               "    endpoints: [{pod: b, priority: 6}, {pod: a}]\n");
    const struct topology_service *s = &t->services[0];

    (void)state;
    assert_address(&s->v4, "none");
    assert_address(&s->v6, "fd00:1::1");
    assert_int_equal(s->id, 1002); /* which is b's uid too, and may be */
    assert_int_equal(s->policy, LB_FAILOVER);
    assert_int_equal(s->ports[1].port, 81);
    assert_int_equal(s->ports[1].target, 8080);
    assert_int_equal(s->n_endpoints, 2);
    assert_int_equal(s->endpoints[0].pod, 1);
    assert_int_equal(s->endpoints[0].priority, 6);
    assert_int_equal(s->endpoints[1].pod, 0);
    assert_int_equal(s->endpoints[1].priority, 0);
}

static void a_pod_knows_its_services(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a}]\n"
               "services: [{name: s, ports: [], endpoints: [{pod: a}]}, {name: t, ports: []},\n"
               "           {name: u, ports: [], endpoints: [{pod: a}]}]\n");

    (void)state;
    assert_int_equal(t->pods[0].n_services, 2);
    assert_int_equal(t->pods[0].services[0], 0);
    assert_int_equal(t->pods[0].services[1], 2);
}

static void a_waypoint_is_a_pod_a_service_or_an_address(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods:\n"
               "  - {name: a, waypoint: {pod: b, port: 15008}}\n"
               "  - {name: b, ipv6: none, waypoint: {service: s, port: 15009}}\n"
               "  - {name: c, waypoint: {address: 127.0.0.1, address6: '::1', port: 1}}\n"
               "  - {name: d, waypoint: {address: fd00:7::1, port: 1}}\n"
               "services: [{name: s, ports: [], waypoint: {service: s, port: 65535}}]");

    (void)state;
    assert_address(&t->pods[0].waypoint.v4, "10.128.0.3");
    assert_address(&t->pods[0].waypoint.v6, "none");
    assert_int_equal(t->pods[0].waypoint.port, 15008);
    assert_address(&t->pods[1].waypoint.v4, "10.96.0.1");
    assert_address(&t->pods[1].waypoint.v6, "fd00:96::1");
    assert_address(&t->pods[2].waypoint.v4, "127.0.0.1");
    assert_address(&t->pods[2].waypoint.v6, "::1");
    assert_address(&t->pods[3].waypoint.v4, "none");
    assert_address(&t->pods[3].waypoint.v6, "fd00:7::1");
    assert_address(&t->services[0].waypoint.v4, "10.96.0.1");
    assert_int_equal(t->services[0].waypoint.port, 65535);
}

static void an_address_may_have_zero_words(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a, ipv6: '0:0:1::'}, {name: b, ipv6: 'fd00::1:0:0'},\n"
               "       {name: c, ipv6: 'fd00::1'}]");

    (void)state;
    assert_address(&t->pods[0].v6, "0:0:1::");
    assert_address(&t->pods[1].v6, "fd00::1:0:0");
    assert_address(&t->pods[2].v6, "fd00::1");
}

static void the_dns_proxy_has_uid_0(void **state)
{
    _cleanup_topology_ struct topology *t = parsed("dns_proxy: b\n"
                                                   "pods: [{name: a}, {name: b}, {name: c}]");

    (void)state;
    assert_int_equal(t->pods[0].uid, 1001);
    assert_int_equal(t->pods[1].uid, 0);
    assert_int_equal(t->pods[2].uid, 1003);
}

static void maps_may_have_other_sizes(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a}]\nmaps: [{name: km_socket, entries: 2}, {name: m, entries: 1}]");

    (void)state;
    assert_int_equal(t->n_maps, 2);
    assert_string_equal(t->maps[0].name, "km_socket");
    assert_int_equal(t->maps[0].entries, 2);
}

/* A thousand pods on sixteen nodes, a hundred services: no two share anything. */
static void a_large_topology_is_read(void **state)
{
    _cleanup_topology_ struct topology *t = NULL;
    _cleanup_free_ char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);

    (void)state;
    assert_non_null(f);
    fputs("nodes: [n0", f);
    for (int i = 1; i < 16; i++)
        fprintf(f, ", n%d", i);
    fputs("]\npods:\n", f);
    for (int i = 0; i < 1000; i++)
        fprintf(f, "- {name: p%d, node: n%d, listeners: [{port: 80}]}\n", i, i % 16);
    fputs("services:\n", f);
    for (int i = 0; i < 100; i++)
        fprintf(f, "- {name: s%d, ports: [{port: 80}], endpoints: [{pod: p%d}]}\n", i, i * 10);
    fclose(f);
    assert_int_equal(topology_parse("t", text, length, &t), 0);
    assert_int_equal(t->n_pods, 1000);
    assert_int_equal(t->pods[999].node, 7);
    assert_address(&t->pods[999].v4, "10.135.0.64");
    assert_address(&t->pods[999].v6, "fd00:87::40");
    assert_int_equal(t->services[99].endpoints[0].pod, 990);
}

static void more_than_255_pods_of_a_node_go_on_in_the_next_byte(void **state)
{
    _cleanup_topology_ struct topology *t = NULL;
    _cleanup_free_ char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);

    (void)state;
    assert_non_null(f);
    fputs("pods:\n", f);
    for (int i = 0; i < 300; i++)
        fprintf(f, "- name: p%d\n", i);
    fclose(f);
    assert_int_equal(topology_parse("t", text, length, &t), 0);
    assert_address(&t->pods[253].v4, "10.128.0.255");
    assert_address(&t->pods[254].v4, "10.128.1.0");
    assert_address(&t->pods[299].v6, "fd00:80::12d");
}

static void free_takes_null(void **state)
{
    struct topology *t = NULL;

    (void)state;
    topology_free(&t);
    t = parsed("pods: [{name: a}]");
    topology_free(&t);
    assert_null(t);
}

static void settings_are_numbers_and_addresses(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a, ipv6: none}]\n"
               "settings: {node_ip: node, authz_offload: 0, pod_gateway: '::ffff:10.0.0.1'}\n");
    struct address address;
    uint32_t number = 7;

    (void)state;
    assert_int_equal(t->n_settings, 3);
    assert_string_equal(t->settings[0].name, "authz_offload");
    assert_int_equal(topology_setting_number(t->settings[0].text, &number), 0);
    assert_int_equal(number, 0);
    assert_string_equal(t->settings[1].name, "node_ip");
    assert_int_equal(topology_setting_address(t, "node", FAMILY_V4, &address), 0);
    assert_address(&address, "10.127.0.1");
    assert_int_equal(topology_setting_address(t, "node", FAMILY_V6, &address), 0);
    assert_address(&address, "fd00:127::1");
    assert_int_equal(topology_setting_address(t, t->settings[2].text, FAMILY_V6, &address), 0);
    assert_address(&address, "10.0.0.1");
    assert_int_equal(topology_setting_address(t, "a", FAMILY_V6, &address), 0);
    assert_address(&address, "none");
    assert_int_equal(topology_setting_address(t, "none", FAMILY_V4, &address), 0);
    assert_address(&address, "none");
    assert_int_equal(topology_setting_address(t, "b", FAMILY_V4, &address), -EINVAL);
}

static void a_setting_is_32_bits_in_decimal(void **state)
{
    static const char *const wrong[] = {"",    " 1", "-1",         "+1",
                                        "0x1", "1a", "4294967296", "18446744073709551617"};
    uint32_t number;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(topology_setting_number(wrong[i], &number), -EINVAL);
    assert_int_equal(topology_setting_number("4294967295", &number), 0);
    assert_int_equal(number, UINT32_MAX);
}

static void names_are_checked(void **state)
{
    static const char *const good[] = {"a",   "0",    "web1",
                                       "a-b", "a--b", "abcdefghijklmnopqrstuvwxyz01234"};
    static const char *const bad[] = {"",
                                      "-",
                                      "-a",
                                      "a-",
                                      "A",
                                      "a.b",
                                      "a/b",
                                      "..",
                                      "a b",
                                      "a_b",
                                      "a\n",
                                      "\xc3\xa9",
                                      "abcdefghijklmnopqrstuvwxyz012345"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        assert_int_equal(topology_name_check(good[i]), 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(topology_name_check(bad[i]), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_topology_is_a_pod),
        cmocka_unit_test(encryption_is_asked_for_by_name),
        cmocka_unit_test(a_pod_from_elsewhere_is_a_network_of_its_own),
        cmocka_unit_test(a_pod_has_defaults),
        cmocka_unit_test(a_pod_is_what_its_file_gives),
        cmocka_unit_test(addresses_go_by_the_position_on_the_node),
        cmocka_unit_test(a_service_has_defaults),
        cmocka_unit_test(a_service_is_what_its_file_gives),
        cmocka_unit_test(a_pod_knows_its_services),
        cmocka_unit_test(a_waypoint_is_a_pod_a_service_or_an_address),
        cmocka_unit_test(an_address_may_have_zero_words),
        cmocka_unit_test(the_dns_proxy_has_uid_0),
        cmocka_unit_test(maps_may_have_other_sizes),
        cmocka_unit_test(a_large_topology_is_read),
        cmocka_unit_test(more_than_255_pods_of_a_node_go_on_in_the_next_byte),
        cmocka_unit_test(free_takes_null),
        cmocka_unit_test(settings_are_numbers_and_addresses),
        cmocka_unit_test(a_setting_is_32_bits_in_decimal),
        cmocka_unit_test(names_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
