// SPDX-License-Identifier: Apache-2.0
/* What real clusters have: several addresses of a family, reserved ones, policies without a name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "topology/entries.h"
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

static int say_frontend(void *data, const struct address *address, uint32_t upstream)
{
    char text[ADDRESS_TEXT_MAX];

    fprintf(data, "%s -> %u\n", address_text(address, text), upstream);
    return 0;
}

static void assert_frontends(const struct topology *t, const char *expected)
{
    static const struct entries_visitor visitor = {.frontend = say_frontend};
    _cleanup_free_ char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    assert_non_null(f);
    assert_int_equal(entries_visit(t, FAMILY_V4, &visitor, f), 0);
    fclose(f);
    assert_string_equal(text, expected);
}

static const struct topology_frontend *frontend(const struct topology *t, const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return topology_frontend(t, &address);
}

static const char several[] = "pods:\n"
                              "  - {name: a, ipv4: [auto, 10.7.0.2], ipv6: ['fd00:7::1', auto]}\n"
                              "services:\n"
                              "  - {name: s, ipv4: [10.7.0.1, 10.8.0.1], ipv6: none, ports: []}\n";

static void the_first_of_several_addresses_stands_for_the_name(void **state)
{
    _cleanup_topology_ struct topology *t = parsed(several);
    struct address_port to;

    (void)state;
    assert_address(&t->pods[0].v4, "10.128.0.2");
    assert_address(&t->pods[0].v6, "fd00:7::1");
    assert_int_equal(t->pods[0].n_more, 2);
    assert_address(&t->pods[0].more[0], "10.7.0.2");
    assert_address(&t->pods[0].more[1], "fd00:80::2");
    assert_int_equal(topology_resolve(t, "s:80", FAMILY_V4, &to), 0);
    assert_address(&to.address, "10.7.0.1");
}

static void each_of_several_addresses_is_a_frontend_of_the_one_id(void **state)
{
    _cleanup_topology_ struct topology *t = parsed(several);

    (void)state;
    assert_frontends(t, "10.7.0.1 -> 1\n10.8.0.1 -> 1\n"
                        "10.128.0.2 -> 1001\nfd00:7::1 -> 1001\n"
                        "10.7.0.2 -> 1001\nfd00:80::2 -> 1001\n");
    assert_ptr_equal(frontend(t, "::ffff:10.8.0.1")->service, &t->services[0]);
    assert_ptr_equal(frontend(t, "10.7.0.2")->pod, &t->pods[0]);
    assert_null(frontend(t, "10.7.0.3"));
}

static void as_many_addresses_as_the_limit_are_read(void **state)
{
    char text[1024] = "pods: [{name: a}]\nservices:\n  - name: s\n    ports: []\n    ipv4: [";
    _cleanup_topology_ struct topology *t = NULL;

    (void)state;
    for (int i = 1; i <= TOPOLOGY_ADDRESSES_MAX; i++)
        snprintf(text + strlen(text), 32, "%s10.7.0.%d", i > 1 ? ", " : "", i);
    strcat(text, "]\n");
    t = parsed(text);
    assert_int_equal(t->services[0].n_more, TOPOLOGY_ADDRESSES_MAX - 1);
    assert_address(&t->services[0].more[TOPOLOGY_ADDRESSES_MAX - 2], "10.7.0.16");
}

static void a_service_may_have_a_reserved_address(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a}]\n"
               "services:\n"
               "  - {name: s, ipv4: 240.240.0.6, ipv6: '2001:2::6', ports: []}\n"
               "  - {name: t, ipv4: 169.254.169.254, ports: []}\n"
               "  - {name: u, ipv4: 255.255.255.254, ports: []}\n");

    (void)state;
    assert_address(&t->services[0].v4, "240.240.0.6");
    assert_address(&t->services[0].v6, "2001:2::6");
    assert_address(&t->services[1].v4, "169.254.169.254");
    assert_address(&t->services[2].v4, "255.255.255.254");
}

static void a_policy_is_a_word_or_a_number(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a}]\n"
               "services: [{name: s, ports: [], policy: strict}, {name: t, ports: [], policy: 0},\n"
               "           {name: u, ports: [], policy: 3},\n"
               "           {name: v, ports: [], policy: 2147483647}]\n");

    (void)state;
    assert_int_equal(t->services[0].policy, LB_STRICT);
    assert_int_equal(t->services[1].policy, LB_RANDOM);
    assert_int_equal(t->services[2].policy, 3);
    assert_int_equal(t->services[3].policy, INT32_MAX);
    assert_string_equal(lb_policy_name(LB_FAILOVER), "failover");
    assert_null(lb_policy_name(3));
}

static void a_listener_is_of_a_family_or_of_both(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods:\n"
               "  - name: a\n"
               "    listeners: [{port: 80}, {port: 81, family: v4}, {port: 81, family: v6},\n"
               "                {port: 81, family: v4, mode: udp}, {port: 82, family: dual}]\n");
    const struct topology_listener *l = t->pods[0].listeners;

    (void)state;
    assert_int_equal(l[0].family, LISTENER_DUAL);
    assert_int_equal(l[1].family, LISTENER_V4);
    assert_int_equal(l[2].family, LISTENER_V6);
    assert_int_equal(l[3].family, LISTENER_V4);
    assert_int_equal(l[4].family, LISTENER_DUAL);
}

static const char hosts[] =
    "nodes: [m, n]\n"
    "pods:\n"
    "  - {name: proxy, host: true, ipv4: 172.30.0.2, listeners: [{port: 80}]}\n"
    "  - {name: api, host: true, ipv4: 172.30.0.2, listeners: [{port: 6443}]}\n"
    "  - {name: agent, node: n, host: true, managed: true, listeners: [{port: 80, mode: udp}]}\n"
    "  - {name: pod}\n"
    "services:\n"
    "  - {name: kube, ports: [{port: 443, target: 6443}], endpoints: [{pod: api}]}\n";

static void host_pods_have_their_node_s_addresses(void **state)
{
    _cleanup_topology_ struct topology *t = parsed(hosts);

    (void)state;
    assert_true(t->pods[1].host);
    assert_false(t->pods[1].managed);
    assert_true(t->pods[2].managed);
    assert_address(&t->pods[1].v4, "172.30.0.2");
    assert_address(&t->pods[1].v6, "fd00:127::1");
    assert_address(&t->pods[2].v4, "10.127.0.2");
    assert_address(&t->pods[3].v4, "10.128.0.4");
}

static void a_shared_address_is_one_frontend_and_each_pod_a_backend(void **state)
{
    _cleanup_topology_ struct topology *t = parsed(hosts);

    (void)state;
    assert_frontends(t, "10.96.0.1 -> 1\nfd00:96::1 -> 1\n"
                        "172.30.0.2 -> 1001\nfd00:127::1 -> 1001\n"
                        "10.127.0.2 -> 1003\nfd00:127::2 -> 1003\n"
                        "10.128.0.4 -> 1004\nfd00:80::4 -> 1004\n");
    assert_ptr_equal(topology_listens(t, &t->pods[0], 6443, false), &t->pods[1]);
    assert_ptr_equal(topology_listens(t, &t->pods[1], 80, false), &t->pods[0]);
    assert_null(topology_listens(t, &t->pods[0], 80, true));
    assert_null(topology_listens(t, &t->pods[3], 80, false));
    assert_int_equal(t->pods[1].n_services, 1);
    assert_int_equal(t->pods[0].n_services, 0);
}

static void a_service_wins_the_address_of_a_pod(void **state)
{
    _cleanup_topology_ struct topology *t =
        parsed("pods: [{name: a, ipv4: 203.0.113.5}]\n"
               "services: [{name: s, ipv4: 203.0.113.5, ipv6: none, ports: [{port: 80}],\n"
               "            endpoints: [{pod: a}]}]\n");

    (void)state;
    assert_frontends(t, "203.0.113.5 -> 1\nfd00:80::2 -> 1001\n");
    assert_ptr_equal(frontend(t, "203.0.113.5")->service, &t->services[0]);
    assert_ptr_equal(frontend(t, "203.0.113.5")->pod, &t->pods[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_several_addresses_stands_for_the_name),
        cmocka_unit_test(each_of_several_addresses_is_a_frontend_of_the_one_id),
        cmocka_unit_test(as_many_addresses_as_the_limit_are_read),
        cmocka_unit_test(a_service_may_have_a_reserved_address),
        cmocka_unit_test(a_policy_is_a_word_or_a_number),
        cmocka_unit_test(a_listener_is_of_a_family_or_of_both),
        cmocka_unit_test(host_pods_have_their_node_s_addresses),
        cmocka_unit_test(a_shared_address_is_one_frontend_and_each_pod_a_backend),
        cmocka_unit_test(a_service_wins_the_address_of_a_pod),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
