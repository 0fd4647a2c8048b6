// SPDX-License-Identifier: Apache-2.0
#include "field/tests/cluster_fixture.h"
#include "topology/topology.h"

static void who_is_not_managed_is_untouched(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(1), NULL);
    add_endpoint(1, 0, 1, 7);
    add_backend(7, "10.0.0.7", NULL);
    expect_as((struct predict_client){false, false}, "10.96.0.1:80", "MG-5",
              (const char *const[]){"untouched"}, 1);
    /* Half managed: redirect and TLV go together, or neither. */
    expect_as((struct predict_client){true, false}, "10.96.0.1:80", "CN-16",
              (const char *const[]){"untouched", "to 10.0.0.7:8080"}, 2);
    EXPECT("10.96.0.1:80", "CN-3", "to 10.0.0.7:8080");
}

static void unknown_destinations_are_untouched(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.9", 99);
    EXPECT("10.0.0.1:80", "CN-1", "untouched");
    EXPECT("10.96.0.9:80", "CN-8", "untouched");
    EXPECT("[fd00::1]:80", "CN-1", "untouched");
}

static void ports_go_to_their_own_targets(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(1), NULL);
    add_endpoint(1, 0, 1, 7);
    add_backend(7, "10.0.0.7", NULL);
    EXPECT("10.96.0.1:443", "CN-3", "to 10.0.0.7:8443");
    EXPECT("10.96.0.1:81", "CN-4", "untouched");
    EXPECT("[::ffff:10.96.0.1]:80", "CN-3", "to 10.0.0.7:8080");
}

static void waypoints_of_services_and_pods(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(0), "10.0.0.5");
    add_frontend("10.0.0.7", 7);
    add_backend(7, "10.0.0.7", "10.0.0.5");
    add_frontend("10.0.0.8", 8);
    add_backend(8, "10.0.0.8", NULL);
    add_frontend("10.96.0.2", 2);
    add_service(2, 0, COUNTS(2), NULL);
    add_endpoint(2, 0, 1, 7);
    add_endpoint(2, 0, 2, 8);
    EXPECT("10.96.0.1:80", "CN-2", "via 10.0.0.5:15008");
    EXPECT("10.96.0.1:12345", "CN-2", "via 10.0.0.5:15008");
    EXPECT("10.0.0.7:9", "CN-5", "via 10.0.0.5:15008");
    EXPECT("10.0.0.8:9", "CN-6", "untouched");
    EXPECT("10.96.0.2:80", "CN-7", "via 10.0.0.5:15008", "to 10.0.0.8:8080");
}

static void a_waypoint_that_is_a_service(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(0), "10.96.0.5");
    add_frontend("10.96.0.5", 5);
    add_service(5, 0, COUNTS(2), "10.96.0.5"); /* names itself */
    add_endpoint(5, 0, 1, 7);
    add_endpoint(5, 0, 2, 8);
    add_backend(7, "10.0.0.7", NULL);
    add_backend(8, "10.0.0.8", NULL);
    EXPECT("10.96.0.1:80", "CN-2", "via 10.0.0.7:15018", "via 10.0.0.8:15018");
    EXPECT("10.96.0.5:80", "CN-2", "via 10.0.0.7:15018", "via 10.0.0.8:15018");
}

static void families_do_not_mix(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(2), NULL);
    add_endpoint(1, 0, 1, 7);
    add_endpoint(1, 0, 2, 8);
    add_backend(7, "10.0.0.7", NULL);
    add_backend(8, "fd00::8", NULL);
    add_frontend("10.96.0.2", 2);
    add_service(2, 0, COUNTS(1), "fd00::5");
    /* One of its endpoints cannot be used: LB-5 lets it find none. */
    EXPECT("10.96.0.1:80", "LB-5", "to 10.0.0.7:8080", "untouched");
    EXPECT("10.96.0.2:80", "CN-2", "untouched", "refused");
}

static void a_service_before_a_pod_of_that_number(void **unused)
{
    (void)unused;
    add_frontend("10.0.0.7", 7);
    add_backend(7, "10.0.0.7", "10.0.0.5");
    add_service(7, 0, COUNTS(1), NULL);
    add_endpoint(7, 0, 1, 8);
    add_backend(8, "10.0.0.8", NULL);
    EXPECT("10.0.0.7:80", "CN-3", "to 10.0.0.8:8080");
}

static void policies(void **unused)
{
    (void)unused;
    for (uint32_t id = 1; id <= 4; id++) {
        char address[16] = "10.96.0.0";

        address[8] = (char)('0' + id);
        add_frontend(address, id);
        add_service(id, id == 4 ? 9 : id - 1, COUNTS(0, 2), NULL);
        add_endpoint(id, 1, 1, 7);
        add_endpoint(id, 1, 2, 8);
    }
    add_backend(7, "10.0.0.7", NULL);
    add_backend(8, "10.0.0.8", NULL);
    EXPECT("10.96.0.1:80", "LB-2", "untouched");
    EXPECT("10.96.0.2:80", "LB-3", "untouched");
    EXPECT("10.96.0.3:80", "LB-4", "to 10.0.0.7:8080", "to 10.0.0.8:8080");
    EXPECT("10.96.0.4:80", "LB-2", "untouched");
}

static void failover_past_what_cannot_be_used(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, LB_FAILOVER, COUNTS(1, 0, 2), NULL);
    add_endpoint(1, 0, 1, 70); /* no such backend */
    add_endpoint(1, 2, 1, 7);
    add_endpoint(1, 2, 2, 8);
    add_backend(7, "10.0.0.7", NULL);
    add_backend(8, "10.0.0.8", NULL);
    EXPECT("10.96.0.1:80", "LB-4", "to 10.0.0.7:8080", "to 10.0.0.8:8080");
}

/* A count of four billion is hostile, not long. */
static void holes(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(UINT32_MAX), NULL);
    add_endpoint(1, 0, 2, 7);
    add_backend(7, "10.0.0.7", NULL);
    EXPECT("10.96.0.1:80", "LB-5", "to 10.0.0.7:8080", "untouched");
}

/* Each of 1,500 endpoints behind a waypoint with 1,500. */
static void tables_that_multiply(void **unused)
{
    struct prediction p;

    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(1500), NULL);
    add_frontend("10.96.0.5", 5);
    add_service(5, 0, COUNTS(1500), NULL);
    add_backend(7, "10.0.0.7", "10.96.0.5");
    for (uint32_t i = 1; i <= 3000; i++) {
        struct km_endpoint_key key = {i > 1500 ? 5 : 1, 0, i > 1500 ? i - 1500 : i};
        uint32_t uid = 7;

        assert_int_equal(map_entries_add(&fixture.maps[CLUSTER_ENDPOINT], &key, &uid), 0);
    }
    assert_int_equal(map_entries_sort(&fixture.maps[CLUSTER_ENDPOINT]), 0);
    predict_for((struct predict_client){true, true}, "10.96.0.1:80", &p);
    assert_true(p.cut);
    prediction_release(&p);
}

static void each_comes_up(void **unused)
{
    struct prediction p;

    (void)unused;
    add_frontend("10.96.0.1", 1);
    add_service(1, 0, COUNTS(2), NULL);
    add_endpoint(1, 0, 1, 7);
    add_endpoint(1, 0, 2, 8);
    add_backend(7, "10.0.0.7", NULL);
    predict_for((struct predict_client){true, true}, "10.96.0.1:80", &p);
    assert_false(p.each);
    prediction_release(&p);
    add_backend(8, "10.0.0.8", NULL);
    predict_for((struct predict_client){true, true}, "10.96.0.1:80", &p);
    assert_true(p.each);
    prediction_release(&p);
}

static void no_waypoint_by_halves(void **unused)
{
    struct km_backend_value v = {.address = {10, 0, 0, 7}, .waypoint_port = maps_port_cell(15008)};
    uint32_t uid = 7;

    (void)unused;
    add_frontend("10.0.0.7", 7);
    add(CLUSTER_BACKEND, &uid, &v);
    EXPECT("10.0.0.7:80", "CN-6", "untouched");
}

static void dns_over_tcp(void **unused)
{
    (void)unused;
    EXPECT("10.1.1.1:53", "CN-1", "untouched");
    add_backend(0, "10.0.0.53", NULL);
    EXPECT("10.1.1.1:53", "DN-3", "to 10.0.0.53:53");
    EXPECT("[::ffff:10.1.1.1]:53", "DN-3", "to 10.0.0.53:53");
    EXPECT("10.1.1.1:54", "CN-1", "untouched");
    EXPECT("[fd00::1]:53", "CN-1", "untouched"); /* the proxy has no IPv6 address */
    expect_as((struct predict_client){false, false}, "10.1.1.1:53", "MG-5",
              (const char *const[]){"untouched"}, 1);
    expect_as((struct predict_client){true, false}, "10.1.1.1:53", "CN-16",
              (const char *const[]){"untouched", "to 10.0.0.53:53"}, 2);
}

/* The proxy comes before the frontend, whatever that has; no waypoint is asked, so there is no TLV.
 */
static void dns_before_the_frontend(void **unused)
{
    (void)unused;
    add_frontend("10.96.0.10", 1);
    add_service(1, 0, COUNTS(0), "10.0.0.5");
    add_frontend("fd00::10", 1);
    add_frontend("10.0.0.7", 7);
    add_backend(7, "10.0.0.7", "10.0.0.5");
    add_backend(0, "10.0.0.53", "10.0.0.5");
    EXPECT("10.96.0.10:53", "DN-3", "to 10.0.0.53:53");
    EXPECT("10.0.0.7:53", "DN-3", "to 10.0.0.53:53");
    EXPECT("[fd00::10]:53", "CN-2", "untouched", "refused");
    EXPECT("10.96.0.10:80", "CN-2", "via 10.0.0.5:15008");
}

static void addresses_that_no_map_can_name(void **unused)
{
    (void)unused;
    add_frontend("10.0.0.7", 1);
    add_service(1, 0, COUNTS(0), "10.0.0.5");
    add_frontend("0.0.0.0", 1);
    EXPECT("10.0.0.7:80", "CN-2", "via 10.0.0.5:15008");
    EXPECT("[a00:7::]:80", "CN-1", "untouched"); /* the bytes of 10.0.0.7 */
    EXPECT("0.0.0.0:80", "CN-1", "untouched");
    EXPECT("[::]:80", "CN-1", "untouched");
    add_backend(0, "10.0.0.53", NULL);
    EXPECT("0.0.0.0:53", "DN-3", "to 10.0.0.53:53", "untouched");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_not_managed_is_untouched),
        TEST(unknown_destinations_are_untouched),
        TEST(ports_go_to_their_own_targets),
        TEST(waypoints_of_services_and_pods),
        TEST(a_waypoint_that_is_a_service),
        TEST(families_do_not_mix),
        TEST(a_service_before_a_pod_of_that_number),
        TEST(policies),
        TEST(failover_past_what_cannot_be_used),
        TEST(holes),
        TEST(tables_that_multiply),
        TEST(each_comes_up),
        TEST(no_waypoint_by_halves),
        TEST(dns_over_tcp),
        TEST(dns_before_the_frontend),
        TEST(addresses_that_no_map_can_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
