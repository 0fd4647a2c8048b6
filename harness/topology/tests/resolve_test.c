// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "topology/topology.h"

static int setup(void **state)
{
    static const char text[] = "pods: [{name: client}, {name: old, ipv6: none}]\n"
                               "services: [{name: web, ports: [{port: 80}]}]\n";
    struct topology *t = NULL;

    if (topology_parse("t", text, strlen(text), &t) < 0)
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

static void pods_and_services_are_found_by_name(void **state)
{
    const struct topology *t = *state;

    assert_ptr_equal(topology_pod(t, "old"), &t->pods[1]);
    assert_null(topology_pod(t, "web"));
    assert_null(topology_pod(t, ""));
    assert_ptr_equal(topology_service(t, "web"), &t->services[0]);
    assert_null(topology_service(t, "old"));
}

static const struct topology_pod *pod_at(const struct topology *t, const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return topology_pod_by_address(t, &address);
}

static void pods_are_found_by_address(void **state)
{
    const struct topology *t = *state;
    struct address none = {0};

    assert_ptr_equal(pod_at(t, "10.128.0.2"), &t->pods[0]);
    assert_ptr_equal(pod_at(t, "::ffff:10.128.0.3"), &t->pods[1]);
    assert_ptr_equal(pod_at(t, "fd00:80::2"), &t->pods[0]);
    assert_null(pod_at(t, "fd00:80::3"));
    assert_null(pod_at(t, "10.96.0.1"));
    assert_null(pod_at(t, "0.0.0.0"));
    assert_null(pod_at(t, "::"));
    assert_null(topology_pod_by_address(t, &none)); /* and not the pod that has no IPv6 address */
}

static void targets_are_resolved_for_a_family(void **state)
{
    static const struct {
        const char *target;
        enum family family;
        const char *expected;
    } cases[] = {
        {"client:80", FAMILY_V4, "10.128.0.2:80"},
        {"client:80", FAMILY_V6, "[fd00:80::2]:80"},
        {"client:80", FAMILY_MAPPED, "[::ffff:10.128.0.2]:80"},
        {"web:65535", FAMILY_V4, "10.96.0.1:65535"},
        {"web:0", FAMILY_V6, "[fd00:96::1]:0"},
        {"web:80", FAMILY_MAPPED, "[::ffff:10.96.0.1]:80"},
        {"old:80", FAMILY_V4, "10.128.0.3:80"},
        {"0.0.0.2:929", FAMILY_V4, "0.0.0.2:929"},
        {"0.0.0.2:929", FAMILY_MAPPED, "[::ffff:0.0.0.2]:929"},
        {"[::ffff:0.0.0.2]:929", FAMILY_MAPPED, "[::ffff:0.0.0.2]:929"},
        {"[::2]:929", FAMILY_V6, "[::2]:929"},
    };
    char text[ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address_port ap;

        assert_int_equal(topology_resolve(*state, cases[i].target, cases[i].family, &ap), 0);
        assert_string_equal(address_port_text(&ap, text), cases[i].expected);
    }
}

static void what_cannot_be_resolved_is_said(void **state)
{
    static const struct {
        const char *target;
        enum family family;
        const char *expected;
    } cases[] = {
        {"wbe:80", FAMILY_V4, "no pod or service 'wbe'; there are: client, old, web"},
        {"old:80", FAMILY_V6, "'old:80' has no address for family v6"},
        {"10.0.0.1:80", FAMILY_V6, "'10.0.0.1:80' has no address for family v6"},
        {"[fd00::1]:80", FAMILY_V4, "'[fd00::1]:80' has no address for family v4"},
        {"[fd00::1]:80", FAMILY_MAPPED, "'[fd00::1]:80' has no address for family mapped"},
        {"[::ffff:10.0.0.1]:80", FAMILY_V6, "'[::ffff:10.0.0.1]:80' has no address for family v6"},
        {"[::ffff:10.0.0.1]:80", FAMILY_V4, "'[::ffff:10.0.0.1]:80' has no address for family v4"},
        {"web", FAMILY_V4, "'web' is no target, must be NAME:PORT, IPV4:PORT or [IPV6]:PORT"},
        {"web:", FAMILY_V4, "'web:' is no target, must be NAME:PORT, IPV4:PORT or [IPV6]:PORT"},
        {"web:65536", FAMILY_V4,
         "'web:65536' is no target, must be NAME:PORT, IPV4:PORT or [IPV6]:PORT"},
        {"", FAMILY_V4, "'' is no target, must be NAME:PORT, IPV4:PORT or [IPV6]:PORT"},
        {":80", FAMILY_V4, "no pod or service ''; there are: client, old, web"},
        {"web:0000000000000000000000000000000000000000000000000000000000000000000000000000080",
         FAMILY_V4,
         "'web:0000000000000000000000000000000000000000000000000000000000000000000000000000080' is "
         "no target, must be NAME:PORT, IPV4:PORT or [IPV6]:PORT"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct address_port ap = {.port = 7};
        struct capture c;
        int r;

        capture_start(&c);
        r = topology_resolve(*state, cases[i].target, cases[i].family, &ap);
        capture_end(&c);
        assert_int_equal(r, -EINVAL);
        assert_int_equal(c.messages, 1);
        assert_string_equal(c.last, cases[i].expected);
        assert_int_equal(ap.port, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_and_services_are_found_by_name),
        cmocka_unit_test(pods_are_found_by_address),
        cmocka_unit_test(targets_are_resolved_for_a_family),
        cmocka_unit_test(what_cannot_be_resolved_is_said),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
