// SPDX-License-Identifier: Apache-2.0
/* Policies as a person writes them become clauses of matches; printed, they are the same. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "topology/print.h"
#include "topology/topology.h"

static const char policy_head[] =
    "pods: [{name: a}, {name: b}, {name: c}]\n"
    "services: [{name: s, ports: [], endpoints: [{pod: b}, {pod: a}]}]\n";

static struct topology *parsed(const char *policies)
{
    _cleanup_free_ char *text = NULL;
    struct topology *t = NULL;

    assert_true(asprintf(&text, "%s%s", policy_head, policies) > 0);
    assert_int_equal(topology_parse("t", text, strlen(text), &t), 0);
    return t;
}

/* The policy as a file has it. */
static char *printed(const struct policy *policy, const struct topology *t)
{
    struct topology_printer p;
    const char *pods[POLICY_POD_MAX];
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < policy->n_pods; i++)
        pods[i] = t->pods[policy->pods[i]].name;
    topology_print_begin(&p, out, NULL);
    topology_print_authorization(&p, policy, pods, policy->n_pods);
    topology_print_end(&p);
    fclose(out);
    return text;
}

static void expect_printed(const char *policies, const char *expected)
{
    _cleanup_(topology_free) struct topology *t = parsed(policies), *again = NULL;
    _cleanup_free_ char *text = printed(&t->policies.list[0], t), *second = NULL;

    assert_string_equal(text, expected);
    again = parsed(text);
    second = printed(&again->policies.list[0], again);
    assert_string_equal(second, expected);
}

#define HEAD(action, pods)                                                                         \
    "policies:\n  - name: 'p'\n    namespace: 'default'\n    id: 1\n    action: " action           \
    "\n    pods: [" pods "]\n"

static void sources_operations_and_conditions_are_clauses(void **state)
{
    (void)state;
    expect_printed(
        "policies:\n"
        "- name: p\n"
        "  action: DENY\n"
        "  pods: [a]\n"
        "  rules:\n"
        "  - from:\n"
        "    - source: {ipBlocks: [10.0.0.0/8, 'fd00::1'], notIpBlocks: [10.1.2.3/32]}\n"
        "    - source: {namespaces: [x], notPrincipals: ['a/*', '*/b', '*']}\n"
        "    to:\n"
        "    - operation: {ports: [80, '443'], notPorts: [1]}\n"
        "    when:\n"
        "    - {key: destination.ip, values: ['::ffff:10.0.0.0/104']}\n"
        "    - {key: source.principal, notValues: [''' quoted']}\n",
        HEAD("DENY",
             "a") "    rules:\n"
                  "      - clauses:\n"
                  "          - matches:\n"
                  "              - {source_ips: ['10.0.0.0/8', 'fd00::1'], "
                  "not_source_ips: ['10.1.2.3']}\n"
                  "              - {namespaces: ['x'], not_principals: ['a/*', '*/b', '*']}\n"
                  "          - matches:\n"
                  "              - {destination_ports: [80, 443], not_destination_ports: [1]}\n"
                  "          - matches:\n"
                  "              - {destination_ips: ['::ffff:10.0.0.0/104']}\n"
                  "          - matches:\n"
                  "              - {not_principals: [''' quoted']}\n");
}

static void what_is_empty_stays_empty(void **state)
{
    (void)state;
    expect_printed("policies: [{name: p, pods: []}]\n", HEAD("ALLOW", ""));
    expect_printed("policies: [{name: p, rules: [{}, {clauses: [{}, {matches: [{}]}]}]}]\n",
                   HEAD("ALLOW", "") "    rules:\n"
                                     "      - {}\n"
                                     "      - clauses:\n"
                                     "          - {}\n"
                                     "          - matches:\n"
                                     "              - {}\n");
}

static void a_service_stands_for_its_backends(void **state)
{
    _cleanup_(topology_free) struct topology *t =
        parsed("policies: [{name: p, pods: [c, a], services: [s]}, {name: q, id: 9, pods: [a]}]\n");
    const struct policies *all = &t->policies;

    (void)state;
    assert_int_equal(all->n, 2);
    assert_int_equal(all->list[0].id, 1);
    assert_int_equal(all->list[1].id, 9);
    assert_int_equal(all->list[0].n_pods, 3);
    assert_int_equal(all->list[0].pods[0], 2);
    assert_int_equal(all->list[0].pods[1], 0);
    assert_int_equal(all->list[0].pods[2], 1);
    assert_int_equal(t->pods[0].n_policies, 2);
    assert_int_equal(t->pods[0].policies[1], 1);
    assert_int_equal(t->pods[1].n_policies, 1);
}

static void a_file_of_policies_has_no_pods(void **state)
{
    static const char good[] = "policies: [{name: p, pods: [nobody]}]\n", bad[] = "pods: []\n";
    struct policies policies = {0};
    struct capture c;

    (void)state;
    assert_int_equal(topology_parse_policies("f", good, strlen(good), &policies), 0);
    assert_int_equal(policies.n, 1);
    assert_int_equal(policies.list[0].id, 0);
    policies_clear(&policies);
    capture_start(&c);
    assert_int_equal(topology_parse_policies("f", bad, strlen(bad), &policies), -EINVAL);
    capture_end(&c);
    assert_string_equal(c.last,
                        "f:1: unknown key 'pods', a file of policies has the keys policies");
}

/* What fills an array is taken, one more is not. */
static void limit(const char *before, const char *one, size_t n, const char *after,
                  const char *error)
{
    _cleanup_free_ char *text = NULL;
    struct policies policies = {0};
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct capture c;

    assert_non_null(out);
    fputs(before, out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s", i ? "," : "", one);
    fputs(after, out);
    fclose(out);
    capture_start(&c);
    assert_int_equal(topology_parse_policies("f", text, size, &policies), error ? -EINVAL : 0);
    capture_end(&c);
    policies_clear(&policies);
    if (error)
        assert_string_equal(c.last, error);
}

static void arrays_have_limits(void **state)
{
    static const char rules[] = "policies: [{name: p, rules: [",
                      source[] = "policies: [{name: p, rules: [{from: [{source: {ipBlocks: [",
                      ports[] = "policies: [{name: p, rules: [{to: [{operation: {ports: [",
                      when[] = "policies: [{name: p, rules: [{when: [{key: source.ip, values: [",
                      name[] = "policies: [{name: '";

    (void)state;
    limit(rules, "{}", 200, "]}]", NULL);
    limit(rules, "{}", 201, "]}]", "f:1: 'rules' has more than 200 entries");
    limit(source, "10.0.0.1", 200, "]}}]}]}]", NULL);
    limit(source, "10.0.0.1", 201, "]}}]}]}]", "f:1: 'ipBlocks' has more than 200 entries");
    limit(ports, "80", 400, "]}}]}]}]", NULL);
    limit(ports, "80", 401, "]}}]}]}]", "f:1: 'ports' has more than 400 entries");
    limit(when, "10.0.0.1", 201, "]}]}]}]", "f:1: 'values' has more than 200 entries");
    limit(name, ",", 95, "'}]", NULL);
    limit(name, "x", 97, "'}]",
          "f:1: 'name' is 'x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,...', must "
          "be at most 191 bytes without control characters");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_operations_and_conditions_are_clauses),
        cmocka_unit_test(what_is_empty_stays_empty),
        cmocka_unit_test(a_service_stands_for_its_backends),
        cmocka_unit_test(a_file_of_policies_has_no_pods),
        cmocka_unit_test(arrays_have_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
