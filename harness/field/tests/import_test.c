// SPDX-License-Identifier: Apache-2.0
#include "bundle/tests/fixture.h"

#include <errno.h>

#include "field/tests/import_fixture.h"

static const char dump[] =
    "{'workloads': ["
    " {'name': 'client-5d9f-abcde', 'namespace': 'ns', 'addresses': ['10.244.1.7', 'fd00:1::7'],"
    "  'node': 'kind-worker', 'locality': {'region': 'r1', 'zone': 'z1'}},"
    " {'name': 'web', 'namespace': 'ns', 'addresses': ['10.244.1.8'], 'node': 'kind-worker',"
    "  'locality': {'region': 'r1', 'zone': 'z1'}, 'services': ['ns/web.ns.svc', 'ns/gone'],"
    "  'status': 'HEALTHY', 'waypoint': 'net/10.96.0.5'},"
    " {'name': 'Web', 'namespace': 'ns', 'addresses': ['10.244.2.8'], 'node': 'kind.worker_2',"
    "  'locality': {'region': 'r1', 'zone': 'z2'}, 'services': ['ns/web.ns.svc']},"
    " {'name': 'sick', 'addresses': ['10.244.2.9'], 'node': 'kind.worker_2',"
    "  'services': ['ns/web.ns.svc'], 'status': 'UNHEALTHY'},"
    " {'name': 'waypoint-7f', 'addresses': ['10.244.2.10'], 'node': 'kind.worker_2',"
    "  'services': ['ns/waypoint.ns.svc']},"
    " {'name': 'host-network', 'addresses': ['127.0.0.1']},"
    " {'name': 'same', 'addresses': ['10.244.1.8']}],"
    "'services': ["
    " {'name': 'web', 'namespace': 'ns', 'hostname': 'web.ns.svc', 'vips': ['net/10.96.0.7'],"
    "  'ports': [{'service_port': 80, 'target_port': 8080}, {'service_port': 81},"
    "   {'service_port': 80}], 'waypoint': {'destination': 'ns/waypoint.ns.svc'},"
    "  'loadBalancer': {'mode': 'FAILOVER', 'routingPreferences': ['REGION', 'ZONE']}},"
    " {'name': 'waypoint', 'namespace': 'ns', 'hostname': 'waypoint.ns.svc',"
    "  'vips': ['net/10.96.0.5'], 'ports': [{'service_port': 15008}], 'waypoint':"
    "  {'destination': ''}, 'loadBalancer': null},"
    " {'name': 'headless', 'namespace': 'ns', 'hostname': 'h', 'vips': [], 'ports': []}],"
    "'policies': null}";

static void encryption_is_said_with_the_dump(void **unused)
{
    const struct import_options options = {.waypoint_port = 15008, .encryption = ENCRYPTION_ESP};
    struct topology *none = imported(dump, NULL), *esp = imported_with(dump, &options);

    (void)unused;
    assert_int_equal(none->encryption, ENCRYPTION_NONE);
    assert_int_equal(esp->encryption, ENCRYPTION_ESP);
    topology_free(&none);
    topology_free(&esp);
}

static void a_dump_becomes_a_topology(void **unused)
{
    struct topology *t = imported(dump, NULL);
    const struct topology_service *web = topology_service(t, "web");
    const struct topology_pod *pod;
    char text[ADDRESS_TEXT_MAX];

    (void)unused;
    assert_non_null(web);
    assert_int_equal(t->n_services, 2);
    assert_int_equal(t->n_pods, 5);
    assert_int_equal(t->n_nodes, 2);
    assert_string_equal(address_text(&web->v4, text), "10.96.0.7");
    assert_int_equal(web->v6.af, AF_UNSPEC);
    assert_int_equal(web->policy, LB_FAILOVER);
    assert_int_equal(web->n_ports, 2);
    assert_int_equal(web->ports[0].target, 8080);
    assert_int_equal(web->ports[1].target, 81);
    assert_int_equal(web->n_endpoints, 2);
    assert_int_equal(web->waypoint.port, 15008);
    assert_string_equal(address_text(&web->waypoint.v4, text), "10.96.0.5");
    pod = topology_pod(t, "client-5d9f-abcde");
    assert_non_null(pod);
    assert_string_equal(address_text(&pod->v6, text), "fd00:1::7");
    assert_string_equal(t->nodes[pod->node].name, "node-kind-worker");
    pod = topology_pod(t, "web-2");
    assert_non_null(pod);
    assert_int_equal(pod->n_listeners, 2);
    assert_string_equal(address_text(&pod->waypoint.v4, text), "10.96.0.5");
    assert_non_null(topology_pod(t, "web-3"));
    pod = topology_pod(t, "waypoint-7f");
    assert_int_equal(pod->n_listeners, 1);
    assert_int_equal(pod->listeners[0].port, 15008);
    topology_free(&t);
}

static void localities_are_seen_from_a_node(void **unused)
{
    struct topology *t = imported(dump, "kind-worker");
    const struct topology_service *web = topology_service(t, "web");

    (void)unused;
    assert_int_equal(web->endpoints[0].priority, 0);
    assert_int_equal(web->endpoints[1].priority, 1);
    topology_free(&t);
}

static void refused(const char *text, const char *words)
{
    struct import_options options = {.waypoint_port = 15008};
    struct capture said;
    FILE *f = fopen("/dev/null", "we");

    capture_start(&said);
    assert_int_equal(import_run(written(text), &options, f), -EINVAL);
    capture_end(&said);
    fclose(f);
    if (!strstr(said.last, words))
        fail_msg("'%s' is not in '%s'", words, said.last);
}

static void what_is_no_dump_is_refused(void **unused)
{
    (void)unused;
    refused("{", "dump.json:1");
    refused("[]", "no configuration dump");
    refused("{'configs': []}", "no configuration dump");
    refused("{'workloads': [], 'services': []}", "no workload has an address");
    refused("{'workloads': [1, {'name': 2, 'addresses': 'x'}], 'services': [null]}",
            "no workload has an address");
}

/* Whatever stands in a dump, what comes out is a topology. */
static void odd_dumps(void **unused)
{
    static const char *const odd[] = {
        "{'workloads': [{'addresses': ['10.0.0.1', '10.0.0.2', 5, null, 'x']}]}",
        "{'workloads': [{'name': '\\n- {name: x}', 'node': '}\\n', 'addresses': ['10.0.0.1']}]}",
        "{'workloads': [{'name': 'a', 'addresses': ['10.0.0.1'], 'services': ['ns/h', 'ns/h',"
        " 1], 'waypoint': '/'}], 'services': [{'name': 'a', 'namespace': 'ns', 'hostname': 'h',"
        " 'vips': ['x/10.96.0.1', '10.0.0.1'], 'ports': [{'service_port': 70000}, {}, null,"
        " {'service_port': -1}, {'service_port': 5, 'target_port': 99999}]}]}",
        ("{'workloads': [{'name': 'node', 'node': '', 'addresses': ['10.0.0.1'], 'waypoint':"
         " 'n/10.0.0.1'}]}"),
    };

    (void)unused;
    for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
        struct topology *t = imported(odd[i], NULL);

        assert_true(t->n_pods > 0);
        topology_free(&t);
    }
}

/* What a topology refuses as a waypoint is left out; a loopback address it takes. */
static void waypoints_that_cannot_be(void **unused)
{
    struct topology *t =
        imported("{'workloads': ["
                 " {'name': 'a', 'addresses': ['10.0.0.1'], 'waypoint': 'net/0.96.0.5'},"
                 " {'name': 'b', 'addresses': ['10.0.0.2'], 'waypoint': 'net/::ffff:127.0.0.1'},"
                 " {'name': 'c', 'addresses': ['10.0.0.3'], 'waypoint': 'net/127.0.0.1'}]}",
                 NULL);

    (void)unused;
    assert_int_equal(t->pods[0].waypoint.port, 0);
    assert_int_equal(t->pods[1].waypoint.port, 0);
    assert_int_equal(t->pods[2].waypoint.port, 15008);
    topology_free(&t);
}

static void many_nodes_are_folded(void **unused)
{
    _cleanup_free_ char *text = NULL;
    struct topology *t;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    (void)unused;
    fprintf(f, "{'workloads': [");
    for (int i = 0; i < 30; i++)
        fprintf(f, "%s{'name': 'w', 'node': 'n%d', 'addresses': ['10.0.0.%d']}", i ? "," : "", i,
                i + 1);
    fprintf(f, "]}");
    fclose(f);
    t = imported(text, NULL);
    assert_int_equal(t->n_nodes, TOPOLOGY_NODES_MAX);
    assert_int_equal(t->n_pods, 30);
    topology_free(&t);
}

/* 7 MiB of empty objects would take a gigabyte: refused before they are read. */
static void a_dump_that_would_take_too_much(void **unused)
{
    const struct import_options options = {.waypoint_port = 15008};
    const size_t n = 2600000;
    _cleanup_free_ char *text = malloc(3 * n + 32);
    size_t used = (size_t)sprintf(text, "{\"workloads\":[");
    struct capture said;
    int r;

    (void)unused;
    for (size_t i = 0; i < n; i++, used += 3)
        strcpy(text + used, "{},");
    strcpy(text + used, "{}]}");
    fixture_write("many.json", text, strlen(text));
    capture_start(&said);
    r = import_run(fixture_path("many.json"), &options, stderr);
    capture_end(&said);
    assert_int_equal(r, -EFBIG);
    assert_int_equal(said.messages, 1);
    assert_non_null(
        strstr(said.last, "many.json' is too large: its JSON would take more than 1024 MiB"));
}

/* As Kmesh's status server writes them: Go's JSON of the control plane's own structures. */
static const char policies[] =
    "{'workloads': ["
    " {'name': 'a', 'namespace': 'x', 'addresses': ['10.1.0.1'],"
    "  'authorizationPolicies': ['x/ports', 'x/gone']},"
    " {'name': 'b', 'namespace': 'y', 'addresses': ['10.1.0.2']}],"
    "'policies': ["
    " {'name': 'ports', 'namespace': 'x', 'scope': 'WORKLOAD_SELECTOR', 'action': 'DENY', 'rules': "
    "["
    "  {'clauses': ["
    "   {'matches': ["
    "    {'source_ips': [{'address': 'CgAAAA==', 'length': 8},"
    "      {'address': '/QAAAAAAAAAAAAAAAAAAAQ==', 'length': 128}, {'address': 'AAAAAA=='}],"
    "     'principals': [{'MatchType': {'Exact': 'p'}}, {'MatchType': {'Prefix': 'q/'}},"
    "      {'suffix': '/r'}, {'MatchType': {'Presence': {}}}]},"
    "    {'not_namespaces': [{'MatchType': {'Exact': 'x'}}]}]},"
    "   {'matches': [{'destination_ports': [80, 443]}]}, {}]}]},"
    " {'name': 'all', 'namespace': 'root', 'scope': 'GLOBAL', 'action': 'ALLOW', 'rules': null},"
    " {'name': 'ns', 'namespace': 'y', 'scope': 'NAMESPACE', 'action': 'ALLOW', 'rules': [{}]},"
    " {'name': 'ns', 'namespace': 'y', 'scope': 'NAMESPACE'},"
    " {'name': 'bad', 'namespace': 'y', 'scope': 'GLOBAL', 'rules': [{'clauses': [{'matches': ["
    "   {'source_ips': [{'address': 'CgAAAA==', 'length': 33}]}]}]}]}]}";

static void policies_become_policies(void **unused)
{
    struct capture said;
    struct topology *t;
    const struct policy *p;
    char text[POLICY_ELEMENT_TEXT];

    (void)unused;
    capture_start(&said);
    t = imported(policies, NULL);
    capture_end(&said);
    assert_non_null(
        strstr(said.last, "2 workloads, addresses, ports, memberships, waypoints or policies"));
    assert_int_equal(t->policies.n, 3);
    p = &t->policies.list[0];
    assert_string_equal(p->name, "ports");
    assert_int_equal(p->action, POLICY_DENY);
    assert_int_equal(p->n_pods, 1);
    assert_int_equal(p->rules[0].n, 3);
    assert_int_equal(p->rules[0].clauses[0].n, 2);
    assert_int_equal(p->rules[0].clauses[2].n, 0);
#define ELEMENT(match, list, i)                                                                    \
    policy_element_text(list, &p->rules[0].clauses[0].matches[match].lists[list].elements[i], text)
    assert_string_equal(ELEMENT(0, POLICY_SOURCE_IPS, 0), "10.0.0.0/8");
    assert_string_equal(ELEMENT(0, POLICY_SOURCE_IPS, 1), "fd00::1");
    assert_string_equal(ELEMENT(0, POLICY_SOURCE_IPS, 2), "0.0.0.0/0");
    assert_string_equal(ELEMENT(0, POLICY_PRINCIPALS, 0), "p");
    assert_string_equal(ELEMENT(0, POLICY_PRINCIPALS, 1), "q/*");
    assert_string_equal(ELEMENT(0, POLICY_PRINCIPALS, 2), "*/r");
    assert_string_equal(ELEMENT(0, POLICY_PRINCIPALS, 3), "*");
    assert_string_equal(ELEMENT(1, POLICY_NOT_NAMESPACES, 0), "x");
    assert_int_equal(p->rules[0].clauses[1].matches[0].lists[POLICY_DESTINATION_PORTS].n, 2);
    assert_int_equal(t->policies.list[1].n_pods, 2);
    assert_int_equal(t->policies.list[1].n_rules, 0);
    assert_int_equal(t->policies.list[2].n_pods, 1);
    assert_int_equal(t->policies.list[2].rules[0].n, 0);
    topology_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_becomes_a_topology),
        cmocka_unit_test(encryption_is_said_with_the_dump),
        cmocka_unit_test(policies_become_policies),
        cmocka_unit_test(localities_are_seen_from_a_node),
        cmocka_unit_test(what_is_no_dump_is_refused),
        cmocka_unit_test(odd_dumps),
        cmocka_unit_test(many_nodes_are_folded),
        cmocka_unit_test(waypoints_that_cannot_be),
        cmocka_unit_test(a_dump_that_would_take_too_much),
    };

    return cmocka_run_group_tests(tests, fixture_make_dir, fixture_remove_dir);
}
