// SPDX-License-Identifier: Apache-2.0
/* A topology as map entries: every entry as a line of text, compared as a whole. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "topology/entries.h"

static const char entries_topology[] =
    "nodes: [n1, n2]\n"
    "pods:\n"
    "  - {name: a, node: n2, waypoint: {pod: c, port: 15008}}\n"
    "  - {name: b, ipv4: none, uid: 7}\n"
    "  - {name: c, ipv6: none}\n"
    "services:\n"
    "  - name: s\n"
    "    policy: strict\n"
    "    ports: [{port: 80}]\n"
    "    endpoints: [{pod: b, priority: 1}, {pod: c}, {pod: a, priority: 1}]\n"
    "    waypoint: {service: t, port: 15009}\n"
    "  - {name: t, id: 7, ipv6: none, ports: [], endpoints: [{pod: a}]}\n";

static int say_frontend(void *data, const struct address *address, uint32_t upstream)
{
    char text[ADDRESS_TEXT_MAX];

    fprintf(data, "frontend %s -> %u\n", address_text(address, text), upstream);
    return 0;
}

static int say_service(void *data, uint32_t id, const struct topology_service *service,
                       const uint32_t counts[TOPOLOGY_PRIORITIES],
                       const struct address_port *waypoint)
{
    char text[ADDRESS_TEXT_MAX];

    fprintf(data, "service %u %s", id, service->name);
    for (size_t i = 0; i < TOPOLOGY_PRIORITIES; i++)
        fprintf(data, " %u", counts[i]);
    fprintf(data, " by %s\n", address_port_text(waypoint, text));
    return 0;
}

static int say_endpoint(void *data, uint32_t service, uint32_t priority, uint32_t index,
                        uint32_t uid)
{
    fprintf(data, "endpoint %u/%u/%u -> %u\n", service, priority, index, uid);
    return 0;
}

static int say_backend(void *data, uint32_t uid, const struct address *address,
                       const uint32_t *services, size_t n_services,
                       const struct address_port *waypoint)
{
    char text[ADDRESS_TEXT_MAX];

    fprintf(data, "backend %u %s of", uid, address_text(address, text));
    for (size_t i = 0; i < n_services; i++)
        fprintf(data, " %u", services[i]);
    fprintf(data, " by %s\n", address_port_text(waypoint, text));
    return 0;
}

static const struct entries_visitor say_everything = {
    .frontend = say_frontend,
    .service = say_service,
    .endpoint = say_endpoint,
    .backend = say_backend,
};

static int setup(void **state)
{
    struct topology *t = NULL;

    if (topology_parse("t", entries_topology, strlen(entries_topology), &t) < 0)
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

/* Every entry as text; the caller frees it. */
static char *everything(const struct topology *t, enum family family)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    assert_non_null(f);
    assert_int_equal(entries_visit(t, family, &say_everything, f), 0);
    fclose(f);
    return text;
}

static void a_v4_lab_has_v4_backends_and_waypoints(void **state)
{
    _cleanup_free_ char *text = everything(*state, FAMILY_V4);

    assert_string_equal(text, "backend 1001 10.129.0.2 of 1 7 by 10.128.0.3:15008\n"
                              "backend 7 none of 1 by none:0\n"
                              "backend 1003 10.128.0.3 of 1 by none:0\n"
                              "endpoint 1/1/1 -> 7\n"
                              "endpoint 1/0/1 -> 1003\n"
                              "endpoint 1/1/2 -> 1001\n"
                              "service 1 s 1 2 0 0 0 0 0 by 10.96.0.2:15009\n"
                              "endpoint 7/0/1 -> 1001\n"
                              "service 7 t 1 0 0 0 0 0 0 by none:0\n"
                              "frontend 10.96.0.1 -> 1\n"
                              "frontend fd00:96::1 -> 1\n"
                              "frontend 10.96.0.2 -> 7\n"
                              "frontend 10.129.0.2 -> 1001\n"
                              "frontend fd00:81::2 -> 1001\n"
                              "frontend fd00:80::2 -> 7\n"
                              "frontend 10.128.0.3 -> 1003\n");
}

static void a_v6_lab_has_v6_backends_and_waypoints(void **state)
{
    _cleanup_free_ char *text = everything(*state, FAMILY_V6);

    assert_non_null(strstr(text, "backend 1001 fd00:81::2 of 1 7 by none:0\n"));
    assert_non_null(strstr(text, "backend 7 fd00:80::2 of 1 by none:0\n"));
    assert_non_null(strstr(text, "backend 1003 none of 1 by none:0\n"));
    assert_non_null(strstr(text, "service 1 s 1 2 0 0 0 0 0 by none:0\n"));
    assert_non_null(strstr(text, "frontend 10.96.0.1 -> 1\nfrontend fd00:96::1 -> 1\n"));
}

static void a_mapped_lab_is_a_v4_lab(void **state)
{
    _cleanup_free_ char *v4 = everything(*state, FAMILY_V4);
    _cleanup_free_ char *mapped = everything(*state, FAMILY_MAPPED);

    assert_string_equal(v4, mapped);
}

static void the_same_file_gives_the_same_entries(void **state)
{
    struct topology *again = NULL;
    _cleanup_free_ char *one = everything(*state, FAMILY_V4), *two = NULL;

    assert_int_equal(topology_parse("t", entries_topology, strlen(entries_topology), &again), 0);
    two = everything(again, FAMILY_V4);
    topology_free(&again);
    assert_string_equal(one, two);
}

/* Ends the walk at the n-th entry, whichever kind it is. */
static int end_walk(int *left)
{
    return --*left == 0 ? -ENOSPC : 0;
}

static int end_frontend(void *data, const struct address *address, uint32_t upstream)
{
    (void)address;
    (void)upstream;
    return end_walk(data);
}

static int end_service(void *data, uint32_t id, const struct topology_service *service,
                       const uint32_t counts[TOPOLOGY_PRIORITIES],
                       const struct address_port *waypoint)
{
    (void)id;
    (void)service;
    (void)counts;
    (void)waypoint;
    return end_walk(data);
}

static int end_endpoint(void *data, uint32_t service, uint32_t priority, uint32_t index,
                        uint32_t uid)
{
    (void)service;
    (void)priority;
    (void)index;
    (void)uid;
    return end_walk(data);
}

static int end_backend(void *data, uint32_t uid, const struct address *address,
                       const uint32_t *services, size_t n_services,
                       const struct address_port *waypoint)
{
    (void)uid;
    (void)address;
    (void)services;
    (void)n_services;
    (void)waypoint;
    return end_walk(data);
}

static void a_refusal_ends_the_walk(void **state)
{
    static const struct entries_visitor end = {end_frontend, end_service, end_endpoint,
                                               end_backend};
    const int entries = 16;

    for (int n = 1; n <= entries; n++) {
        int left = n;

        assert_int_equal(entries_visit(*state, FAMILY_V4, &end, &left), -ENOSPC);
        assert_int_equal(left, 0);
    }
}

static void absent_callbacks_are_passed_over(void **state)
{
    static const struct entries_visitor nothing = {0};

    assert_int_equal(entries_visit(*state, FAMILY_V4, &nothing, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_v4_lab_has_v4_backends_and_waypoints),
        cmocka_unit_test(a_v6_lab_has_v6_backends_and_waypoints),
        cmocka_unit_test(a_mapped_lab_is_a_v4_lab),
        cmocka_unit_test(the_same_file_gives_the_same_entries),
        cmocka_unit_test(a_refusal_ends_the_walk),
        cmocka_unit_test(absent_callbacks_are_passed_over),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
