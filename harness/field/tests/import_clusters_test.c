// SPDX-License-Identifier: Apache-2.0
/* What dumps of real clusters have, and once became something else without a word. */
#include "field/tests/import_fixture.h"

/* The topology, of which something had to be left out: `said` is in the sentence; NULL: nothing. */
static struct topology *imported_saying(const char *text, const char *node, const char *said)
{
    struct topology *t;
    struct capture c;

    capture_start(&c);
    t = imported(text, node);
    capture_end(&c);
    if (!said)
        assert_int_equal(c.messages, 0);
    else if (c.messages != 1 || !strstr(c.last, said))
        fail_msg("'%s' is not in what was said: %s", said, c.last);
    return t;
}

static void assert_address(const struct address *address, const char *expected)
{
    char text[ADDRESS_TEXT_MAX];

    assert_string_equal(address_text(address, text), expected);
}

static void a_service_and_a_pod_keep_all_their_addresses(void **unused)
{
    struct topology *t = imported_saying(
        "{'workloads': ["
        " {'name': 'buyer', 'addresses': ['10.66.1.2'], 'node': 'n1'},"
        " {'name': 'till', 'addresses': ['10.66.1.3', '10.77.1.3', 'fd00:66::3'], 'node': 'n1',"
        "  'services': ['mall/till.mall']}],"
        "'services': [{'name': 'till', 'namespace': 'mall', 'hostname': 'till.mall',"
        "  'vips': ['a/10.50.0.9', 'b/10.60.0.9', 'a/198.51.100.9', 'a/10.50.0.9'],"
        "  'ports': [{'service_port': 80, 'target_port': 8080}]}]}",
        NULL, NULL);

    (void)unused;
    assert_address(&t->services[0].v4, "10.50.0.9");
    assert_int_equal(t->services[0].n_more, 2);
    assert_address(&t->services[0].more[0], "10.60.0.9");
    assert_address(&t->services[0].more[1], "198.51.100.9");
    assert_address(&t->pods[1].v6, "fd00:66::3");
    assert_int_equal(t->pods[1].n_more, 1);
    assert_address(&t->pods[1].more[0], "10.77.1.3");
    topology_free(&t);
}

/* By its name a waypoint would have the first address. */
static void a_waypoint_that_is_a_second_address_stays_that(void **unused)
{
    struct topology *t = imported_saying(
        "{'workloads': [{'name': 'p', 'addresses': ['10.66.1.2'], 'waypoint': 'b/10.60.0.9'},"
        "               {'name': 'q', 'addresses': ['10.66.1.3'], 'waypoint': 'b/10.50.0.9'}],"
        "'services': [{'name': 'gate', 'hostname': 'gate', 'vips': ['a/10.50.0.9', 'b/10.60.0.9'],"
        "  'ports': []}]}",
        NULL, NULL);

    (void)unused;
    assert_address(&t->pods[0].waypoint.v4, "10.60.0.9");
    assert_address(&t->pods[1].waypoint.v4, "10.50.0.9");
    topology_free(&t);
}

static void reserved_addresses_are_those_of_services(void **unused)
{
    struct topology *t = imported_saying(
        "{'workloads': [{'name': 'p', 'addresses': ['10.66.1.2']},"
        "               {'name': 'q', 'addresses': ['240.0.0.9', '10.66.1.3']}],"
        "'services': ["
        " {'name': 'auto', 'hostname': 'auto', 'vips': ['/240.240.1.9', '/2001:2::19'],"
        "  'ports': [{'service_port': 443}]},"
        " {'name': 'imds', 'hostname': 'imds', 'vips': ['/169.254.169.254'],"
        "  'ports': [{'service_port': 80}]},"
        " {'name': 'never', 'hostname': 'never', 'vips': ['/169.254.1.1', '/224.0.0.5'],"
        "  'ports': []}]}",
        NULL, ": 3 workloads, addresses,");

    (void)unused;
    assert_int_equal(t->n_services, 2);
    assert_address(&topology_service(t, "auto")->v4, "240.240.1.9");
    assert_address(&topology_service(t, "auto")->v6, "2001:2::19");
    assert_address(&topology_service(t, "imds")->v4, "169.254.169.254");
    assert_address(&topology_pod(t, "q")->v4, "10.66.1.3");
    topology_free(&t);
}

static const char two_networks[] =
    "{'workloads': ["
    " {'name': 'asks', 'addresses': ['10.66.1.2'], 'node': 'here', 'network': 'east',"
    "  'clusterId': 'k1', 'locality': {'region': 'r', 'zone': 'z'}},"
    " {'name': 'home', 'addresses': ['10.66.1.3'], 'node': 'here', 'network': 'east',"
    "  'clusterId': 'k1', 'locality': {'region': 'r', 'zone': 'z'}, 'services': ['/s']},"
    " {'name': 'zone', 'addresses': ['10.66.1.4'], 'node': 'next', 'network': 'east',"
    "  'clusterId': 'k2', 'locality': {'region': 'r', 'zone': 'y'}, 'services': ['/s']},"
    " {'name': 'away', 'addresses': ['10.76.1.3'], 'node': 'there', 'network': 'west',"
    "  'clusterId': 'k2', 'locality': {'region': 'r', 'zone': 'z'}, 'services': ['/s']}],"
    "'services': [{'name': 's', 'hostname': 's', 'vips': ['east/10.50.0.9'],"
    "  'ports': [{'service_port': 80}],"
    "  'loadBalancer': {'mode': 'FAILOVER', 'routingPreferences': [%s]}}]}";

static void assert_priorities(const char *preferences, uint32_t home, uint32_t zone, uint32_t away)
{
    char text[4096];
    struct topology *t;

    snprintf(text, sizeof(text), two_networks, preferences);
    t = imported_saying(text, "here", NULL);
    assert_int_equal(t->services[0].endpoints[0].priority, home);
    assert_int_equal(t->services[0].endpoints[1].priority, zone);
    assert_int_equal(t->services[0].endpoints[2].priority, away);
    topology_free(&t);
}

static void networks_and_clusters_are_preferred_as_localities_are(void **unused)
{
    (void)unused;
    assert_priorities("'NETWORK', 'REGION', 'ZONE'", 0, 1, 3);
    assert_priorities("'CLUSTER'", 0, 1, 1);
    assert_priorities("'NETWORK', 'CLUSTER', 'NODE'", 0, 2, 3);
    assert_priorities("'ZONE', 'NETWORK'", 0, 2, 1);
}

static void a_policy_without_a_name_keeps_its_number(void **unused)
{
    struct topology *t =
        imported_saying("{'workloads': [{'name': 'p', 'addresses': ['10.66.1.2']}],"
                        "'services': ["
                        " {'name': 'a', 'hostname': 'a', 'vips': ['/10.50.0.1'], 'ports': [],"
                        "  'loadBalancer': {'mode': '3'}},"
                        " {'name': 'b', 'hostname': 'b', 'vips': ['/10.50.0.2'], 'ports': [],"
                        "  'loadBalancer': {'mode': 'PASSTHROUGH'}},"
                        " {'name': 'c', 'hostname': 'c', 'vips': ['/10.50.0.3'], 'ports': [],"
                        "  'loadBalancer': {'mode': 4}},"
                        " {'name': 'd', 'hostname': 'd', 'vips': ['/10.50.0.4'], 'ports': [],"
                        "  'loadBalancer': {'mode': 'UNSPECIFIED_MODE'}},"
                        " {'name': 'e', 'hostname': 'e', 'vips': ['/10.50.0.5'], 'ports': [],"
                        "  'loadBalancer': {'mode': 'NEAREST'}}]}",
                        NULL, ": 1 workloads,");

    (void)unused;
    assert_int_equal(topology_service(t, "a")->policy, 3);
    assert_int_equal(topology_service(t, "b")->policy, 3);
    assert_int_equal(topology_service(t, "c")->policy, 4);
    assert_int_equal(topology_service(t, "d")->policy, LB_RANDOM);
    assert_int_equal(topology_service(t, "e")->policy, LB_RANDOM);
    topology_free(&t);
}

static const char shared[] =
    "{'workloads': ["
    " {'name': 'dns-proxy', 'addresses': ['192.0.2.7'], 'node': 'm1', 'services': ['/m']},"
    " {'name': 'master', 'addresses': ['192.0.2.7'], 'node': 'm1', 'services': ['/k', '/m']},"
    " {'name': 'stray', 'addresses': ['192.0.2.7'], 'node': 'm2'},"
    " {'name': 'asks', 'addresses': ['10.66.1.2'], 'node': 'm2'}],"
    "'services': [{'name': 'k', 'hostname': 'k', 'vips': ['/10.50.0.9'],"
    "  'ports': [{'service_port': 443, 'target_port': 6443}]},"
    " {'name': 'm', 'hostname': 'm', 'vips': ['/10.50.0.8'],"
    "  'ports': [{'service_port': 80, 'target_port': 9100}]}]}";

/* The stray and its address, and the second listener of 9100. */
static void workloads_of_a_node_share_its_address(void **unused)
{
    struct topology *t = imported_saying(shared, NULL, ": 3 workloads, addresses,");
    const struct topology_pod *first = topology_pod(t, "dns-proxy");
    const struct topology_pod *second = topology_pod(t, "master");

    (void)unused;
    assert_true(first && first->host && second && second->host);
    assert_address(&second->v4, "192.0.2.7");
    assert_int_equal(second->n_services, 2);
    assert_int_equal(first->n_services, 1);
    assert_ptr_equal(topology_listens(t, first, 6443, false), second);
    assert_ptr_equal(topology_listens(t, second, 9100, false), first);
    assert_null(topology_pod(t, "stray"));
    assert_false(topology_pod(t, "asks")->host);
    topology_free(&t);
}

static void a_workload_may_have_its_service_s_address(void **unused)
{
    struct topology *t = imported_saying(
        "{'workloads': [{'name': 'far', 'addresses': ['198.51.100.5'], 'services': ['/far']}],"
        "'services': [{'name': 'far', 'hostname': 'far', 'vips': ['/198.51.100.5'],"
        "  'ports': [{'service_port': 80, 'target_port': 8080}]}]}",
        NULL, NULL);

    (void)unused;
    assert_address(&t->pods[0].v4, "198.51.100.5");
    assert_address(&t->services[0].v4, "198.51.100.5");
    assert_int_equal(t->services[0].n_endpoints, 1);
    assert_int_equal(t->pods[0].listeners[0].port, 8080);
    assert_ptr_equal(t->frontends[0].service, &t->services[0]);
    assert_int_equal(t->n_frontends, 1);
    topology_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_and_a_pod_keep_all_their_addresses),
        cmocka_unit_test(a_waypoint_that_is_a_second_address_stays_that),
        cmocka_unit_test(reserved_addresses_are_those_of_services),
        cmocka_unit_test(networks_and_clusters_are_preferred_as_localities_are),
        cmocka_unit_test(a_policy_without_a_name_keeps_its_number),
        cmocka_unit_test(workloads_of_a_node_share_its_address),
        cmocka_unit_test(a_workload_may_have_its_service_s_address),
    };

    return cmocka_run_group_tests(tests, fixture_make_dir, fixture_remove_dir);
}
