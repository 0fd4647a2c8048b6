// SPDX-License-Identifier: Apache-2.0
#include "field/tests/cluster_fixture.h"

#include "field/pieces.h"

/* One service of four endpoints; the third of the table is a hole. */
static int setup(void **unused)
{
    fixture_setup(unused);
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(4, 1), NULL);
    add_endpoint(1, 0, 1, 11);
    add_endpoint(1, 0, 2, 12);
    add_endpoint(1, 0, 4, 14);
    add_endpoint(1, 1, 1, 15);
    add_backend(11, "10.0.0.11", NULL);
    add_backend(12, "10.0.0.12", NULL);
    return 0;
}

/* By the order of pieces: services, frontends, endpoints (sorted), backends, pairs of ports. */
enum { SERVICE = 0, FRONTEND = 1, ENDPOINT = 2, BACKEND = 6, PAIR = 8 };

static struct cluster render(struct pieces *p)
{
    struct cluster c;

    assert_int_equal(pieces_render(p, &c), 0);
    return c;
}

static struct pieces *pieces(void)
{
    struct pieces *p = NULL;

    assert_int_equal(pieces_new(&fixture, &p), 0);
    return p;
}

static void everything_is_the_same(void **unused)
{
    struct pieces *p = pieces();
    struct cluster c = render(p);

    (void)unused;
    assert_int_equal(pieces_count(p), 8 + KM_SERVICE_PORTS);
    for (size_t i = 0; i < CLUSTER_MAPS; i++) {
        size_t n = fixture.maps[i].n;

        assert_int_equal(c.maps[i].n, n);
        assert_memory_equal(c.maps[i].keys, fixture.maps[i].keys, n * c.maps[i].key_size);
        assert_memory_equal(c.maps[i].values, fixture.maps[i].values, n * c.maps[i].value_size);
    }
    assert_true(pieces_has(p, PAIR));
    assert_false(pieces_has(p, PAIR + 3)); /* there is no fourth pair */
    cluster_free(&c);
    pieces_free(&p);
}

/* Those behind it move up, the count goes down, the hole stays a hole. */
static void an_endpoint_leaves_no_gap(void **unused)
{
    struct pieces *p = pieces();
    struct km_service_value service;
    struct cluster c;
    uint32_t uid;

    (void)unused;
    /* Sorted by their bytes: (0, 1), (1, 1), (0, 2), (0, 4) or alike: find uid 11. */
    for (size_t i = 0; i < 4; i++) {
        memcpy(&uid, map_entries_value(&fixture.maps[CLUSTER_ENDPOINT], i), 4);
        if (uid == 11)
            pieces_set(p, ENDPOINT + i, false);
    }
    c = render(p);
    assert_true(cluster_service(&c, 1, &service));
    assert_int_equal(service.counts[0], 3);
    assert_int_equal(service.counts[1], 1);
    assert_true(cluster_endpoint(&c, 1, 0, 1, &uid));
    assert_int_equal(uid, 12);
    assert_false(cluster_endpoint(&c, 1, 0, 2, &uid));
    assert_true(cluster_endpoint(&c, 1, 0, 3, &uid));
    assert_int_equal(uid, 14);
    assert_true(cluster_endpoint(&c, 1, 1, 1, &uid));
    assert_int_equal(uid, 15);
    cluster_free(&c);
    pieces_free(&p);
}

static void a_pair_of_ports_goes_from_its_place(void **unused)
{
    struct pieces *p = pieces();
    struct km_service_value service;
    struct cluster c;

    (void)unused;
    pieces_set(p, PAIR, false);
    assert_false(pieces_has(p, PAIR));
    c = render(p);
    assert_true(cluster_service(&c, 1, &service));
    assert_int_equal(service.ports[0], 0);
    assert_int_equal(maps_cell_port(service.ports[1]), 443);
    cluster_free(&c);
    pieces_set(p, PAIR, true);
    assert_true(pieces_has(p, PAIR));
    pieces_free(&p);
}

static void entries_go_and_come_back(void **unused)
{
    struct pieces *p = pieces();
    struct cluster c;

    (void)unused;
    for (size_t i = 0; i < 8; i++)
        pieces_set(p, i, false);
    c = render(p);
    assert_int_equal(cluster_entries(&c), 0);
    cluster_free(&c);
    pieces_set(p, SERVICE, true);
    pieces_set(p, BACKEND + 1, true);
    c = render(p);
    assert_int_equal(c.maps[CLUSTER_SERVICE].n, 1);
    assert_int_equal(c.maps[CLUSTER_BACKEND].n, 1);
    assert_int_equal(cluster_entries(&c), 2);
    cluster_free(&c);
    pieces_free(&p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_is_the_same),
        TEST(an_endpoint_leaves_no_gap),
        TEST(a_pair_of_ports_goes_from_its_place),
        TEST(entries_go_and_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
