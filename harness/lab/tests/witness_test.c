// SPDX-License-Identifier: Apache-2.0
/* The observers, around a program that redirects, in two pods of a real lab. */
#include "lab/tests/witness_fixture.h"

#include <arpa/inet.h>

#include "maps/maps.h"

struct seen {
    struct witness_event events[256];
    int n;
};

static void remember(void *data, const struct witness_event *event)
{
    struct seen *seen = data;

    assert_true(seen->n < (int)ARRAY_SIZE(seen->events));
    seen->events[seen->n++] = *event;
}

/* A reader in the pod's namespace; the test itself moves there. */
static struct witness_reader *reader_of(const struct lab *lab, const char *pod, struct seen *seen)
{
    struct witness_reader *reader = NULL;
    int fd = -1;

    assert_int_equal(net_enter(lab, pod), 0);
    assert_int_equal(witness_open_ring(lab, topology_pod(lab->topology, pod), &fd), 0);
    assert_int_equal(witness_reader_new(fd, remember, seen, &reader), 0);
    return reader;
}

static void expect_event(const struct witness_event *event, enum witness_place place,
                         const char *destination)
{
    struct address_port ap = {.address.af = event->family, .port = ntohs(event->port)};
    char text[ADDRESS_TEXT_MAX];

    memcpy(ap.address.bytes, event->address, sizeof(ap.address.bytes));
    assert_int_equal(event->place, place);
    assert_int_equal(event->hook, WITNESS_CONNECT);
    assert_int_equal(event->protocol, IPPROTO_UDP);
    assert_string_equal(address_port_text(&ap, text), destination);
    assert_true(event->socket_cookie != 0 && event->time_ns != 0);
}

static void redirect(const struct lab *lab, const char *address, int port)
{
    _cleanup_json_ json_t *key = json_pack("{s:s}", "address", address);
    _cleanup_json_ json_t *value = json_pack("{s:i}", "upstream", port);

    assert_int_equal(map_set(lab, &lab->topology->nodes[0], "km_frontend", key, value), 0);
}

static void test_before_and_after(void **state)
{
    struct lab *lab = witnessed_lab();
    struct seen a = {}, b = {};
    _cleanup_(witness_reader_free) struct witness_reader *of_a = reader_of(lab, "a", &a);
    _cleanup_(witness_reader_free) struct witness_reader *of_b = reader_of(lab, "b", &b);

    (void)state;
    redirect(lab, "10.1.1.1", 7777);
    call("a", "10.1.1.1:80", 1);
    assert_int_equal(witness_reader_drain(of_a), 2);
    assert_int_equal(witness_reader_drain(of_b), 0);
    expect_event(&a.events[0], WITNESS_BEFORE, "10.1.1.1:80");
    expect_event(&a.events[1], WITNESS_AFTER, "10.1.1.1:7777");
    assert_int_equal(a.events[0].socket_cookie, a.events[1].socket_cookie);
    assert_int_equal(witness_reader_drain(of_a), 0);
    assert_int_equal(witness_down(lab), 0);
    call("a", "10.1.1.1:80", 1);
    assert_int_equal(witness_reader_drain(of_a), 0);
}

static void test_v6(void **state)
{
    struct lab *lab = witnessed_lab();
    struct seen b = {};
    _cleanup_(witness_reader_free) struct witness_reader *of_b = reader_of(lab, "b", &b);

    (void)state;
    call("b", "[fd00:1::2]:53", 1);
    assert_int_equal(witness_reader_drain(of_b), 2);
    expect_event(&b.events[0], WITNESS_BEFORE, "[fd00:1::2]:53");
    expect_event(&b.events[1], WITNESS_AFTER, "[fd00:1::2]:53");
}

/* Nobody drains: the last events stay, the others are counted, and the calls succeed. */
static void test_full(void **state)
{
    struct lab *lab = witnessed_lab();
    struct seen a = {};
    _cleanup_(witness_reader_free) struct witness_reader *of_a = reader_of(lab, "a", &a);

    (void)state;
    call("a", "10.1.1.1:80", 100);
    call("a", "10.1.1.1:81", 1);
    assert_int_equal(witness_reader_drain(of_a), 64);
    assert_int_equal(witness_reader_lost(of_a), 202 - 64);
    expect_event(&a.events[0], WITNESS_BEFORE, "10.1.1.1:80");
    expect_event(&a.events[63], WITNESS_AFTER, "10.1.1.1:81");
    call("a", "10.1.1.1:80", 1);
    assert_int_equal(witness_reader_drain(of_a), 2);
    assert_int_equal(witness_reader_lost(of_a), 202 - 64);
}

/* A second reader of a pod begins where it was made. */
static void test_second_reader(void **state)
{
    struct lab *lab = witnessed_lab();
    struct seen first = {}, second = {};
    _cleanup_(witness_reader_free) struct witness_reader *one = reader_of(lab, "a", &first);
    _cleanup_(witness_reader_free) struct witness_reader *two = NULL;

    (void)state;
    call("a", "10.1.1.1:80", 2);
    two = reader_of(lab, "a", &second);
    assert_int_equal(witness_reader_drain(two), 0);
    call("a", "10.1.1.1:81", 1);
    assert_int_equal(witness_reader_drain(two), 2);
    expect_event(&second.events[0], WITNESS_BEFORE, "10.1.1.1:81");
    assert_int_equal(witness_reader_drain(one), 6);
}

static void test_down(void **state)
{
    struct lab *lab = witnessed_lab();
    int fd;

    (void)state;
    assert_int_equal(witness_down(lab), 0);
    assert_int_equal(witness_down(lab), 0);
    assert_int_equal(witness_open_ring(lab, &lab->topology->pods[0], &fd), -ENOENT);
    fixture_expect_error("'a'");
    assert_int_equal(programs_down(lab), 0);
    assert_int_equal(access(lab->bpf_dir, F_OK), -1);
}

/* Without the pods' cgroups nothing of it stays. */
static void test_failure(void **state)
{
    struct lab *lab = fixture_up(witness_topology);

    (void)state;
    assert_int_equal(net_up(lab, NULL), 0);
    assert_int_equal(cgroup_down(lab, NULL), 0);
    assert_true(witness_up(lab) < 0);
    assert_int_equal(access(lab->bpf_dir, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_before_and_after, witnessed_down),
        cmocka_unit_test_teardown(test_v6, witnessed_down),
        cmocka_unit_test_teardown(test_full, witnessed_down),
        cmocka_unit_test_teardown(test_second_reader, witnessed_down),
        cmocka_unit_test_teardown(test_down, witnessed_down),
        cmocka_unit_test_teardown(test_failure, witnessed_down),
    };

    return cmocka_run_group_tests(tests, private_run, NULL);
}
