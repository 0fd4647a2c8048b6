// SPDX-License-Identifier: Apache-2.0
/* What is printed is what is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "topology/print.h"
#include "topology/topology.h"

static const char printed[] = "# SPDX-License-Identifier: Apache-2.0\n"
                              "# An example.\n"
                              "nodes: [n1, n2]\n"
                              "pods:\n"
                              "  - name: a\n"
                              "    node: n2\n"
                              "    managed: false\n"
                              "    ipv4: '10.1.0.1'\n"
                              "    ipv6: 'none'\n"
                              "    uid: 7\n"
                              "    waypoint: {service: s, port: 15008}\n"
                              "    listeners: [{port: 80}, {port: 443}]\n"
                              "  - name: b\n"
                              "    node: n1\n"
                              "services:\n"
                              "  - name: s\n"
                              "    id: 3\n"
                              "    policy: failover\n"
                              "    ports: [{port: 80, target: 8080}]\n"
                              "    endpoints: [{pod: a}, {pod: b, priority: 1}]\n"
                              "    waypoint: {address: '10.1.0.9', port: 15008}\n"
                              "  - name: t\n"
                              "    ports: []\n"
                              "    endpoints: []\n"
                              "dns_proxy: b\n"
                              "encryption: esp\n"
                              "maps:\n"
                              "  - {name: km_manage, entries: 64}\n"
                              "settings:\n"
                              "  bpf_log_level: '4'\n";

static void print_all(FILE *out)
{
    const struct address none = {.af = AF_UNSPEC};
    struct topology_printer p;
    struct address v4;

    assert_int_equal(address_parse("10.1.0.1", &v4), 0);
    topology_print_begin(&p, out, "An example.");
    topology_print_node(&p, "n1");
    topology_print_node(&p, "n2");
    topology_print_pod(&p, "a");
    topology_print_pod_node(&p, "n2");
    topology_print_unmanaged(&p);
    topology_print_addresses(&p, &v4, &none);
    topology_print_uid(&p, 7);
    topology_print_waypoint(&p, "service", "s", 15008);
    topology_print_listener(&p, 80);
    topology_print_listener(&p, 443);
    topology_print_pod(&p, "b");
    topology_print_pod_node(&p, "n1");
    topology_print_service(&p, "s", 3);
    topology_print_policy(&p, "failover");
    topology_print_ports(&p);
    topology_print_port(&p, 80, 8080);
    topology_print_endpoints(&p);
    topology_print_endpoint(&p, "a", 0);
    topology_print_endpoint(&p, "b", 1);
    topology_print_waypoint(&p, "address", "10.1.0.9", 15008);
    topology_print_service(&p, "t", 0);
    topology_print_ports(&p);
    topology_print_endpoints(&p);
    topology_print_dns_proxy(&p, "b");
    topology_print_encryption(&p, ENCRYPTION_ESP);
    topology_print_map(&p, "km_manage", 64);
    topology_print_setting(&p, "bpf_log_level", "4");
    topology_print_end(&p);
}

static void every_part_has_its_place(void **state)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    print_all(out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, printed);
}

static void what_is_printed_can_be_read(void **state)
{
    _cleanup_(topology_free) struct topology *t = NULL;

    (void)state;
    assert_int_equal(topology_parse("printed", printed, strlen(printed), &t), 0);
    assert_int_equal(t->n_nodes, 2);
    assert_int_equal(t->n_pods, 2);
    assert_int_equal(t->pods[0].n_listeners, 2);
    assert_false(t->pods[0].managed);
    assert_int_equal(t->n_services, 2);
    assert_int_equal(t->services[0].id, 3);
    assert_int_equal(t->services[0].n_endpoints, 2);
    assert_int_equal(t->services[1].n_ports, 0);
    assert_int_equal(t->n_maps, 1);
    assert_int_equal(t->n_settings, 1);
}

/* Whoever keeps a topology keeps the bytes that it was read from. */
static void a_topology_keeps_its_text(void **state)
{
    _cleanup_(topology_free) struct topology *t = NULL;
    char text[] = "pods: [{name: a}] # mine\n";

    (void)state;
    assert_int_equal(topology_parse("x", text, strlen(text), &t), 0);
    assert_int_equal(t->length, strlen(text));
    memset(text, 'x', sizeof(text));
    assert_memory_equal(t->text, "pods: [{name: a}] # mine\n", t->length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_has_its_place),
        cmocka_unit_test(what_is_printed_can_be_read),
        cmocka_unit_test(a_topology_keeps_its_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
