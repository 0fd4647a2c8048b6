// SPDX-License-Identifier: Apache-2.0
#include "net/netlink.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "common/tests/capture.h"
#include "net/link.h"
#include "place/tests/fixture.h"

#define LO 1

static int count_address(const struct nlmsghdr *nlh, void *data)
{
    const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

    if (nlh->nlmsg_type == RTM_NEWADDR && ifa->ifa_family == AF_INET)
        (*(size_t *)data)++;
    return 0;
}

static int find_lo(const struct nlmsghdr *nlh, void *data)
{
    const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

    if (ifi->ifi_index == LO)
        *(bool *)data = true;
    return 0;
}

static int stop(const struct nlmsghdr *nlh, void *data)
{
    (void)nlh;
    (*(size_t *)data)++;
    return -ECANCELED;
}

static struct address numbered(size_t i)
{
    return (struct address){.af = AF_INET, .bytes = {10, 1, (uint8_t)(i >> 8), (uint8_t)i}};
}

static void a_dump_needs_no_root(void **state)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    bool found = false;
    size_t calls = 0;

    (void)state;
    assert_int_equal(netlink_new(0, &nl), 0);
    assert_int_equal(netlink_dump(nl, RTM_GETLINK, find_lo, &found), 0);
    assert_true(found);
    assert_int_equal(netlink_dump(nl, RTM_GETLINK, stop, &calls), -ECANCELED);
    assert_int_equal(calls, 1);
}

static void an_empty_flush_is_nothing(void **state)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;

    (void)state;
    assert_int_equal(netlink_new(0, &nl), 0);
    assert_int_equal(netlink_flush(nl), 0);
}

static void a_refusal_names_its_request(void **state)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    struct capture said;

    (void)state;
    assert_int_equal(netlink_new(0, &nl), 0);
    net_link_set_up(nl, 123456, "web");
    capture_start(&said);
    assert_true(netlink_flush(nl) < 0);
    capture_end(&said);
    assert_int_equal(said.messages, 1);
    assert_non_null(strstr(said.last, "cannot change the state of the link of 'web'"));
    assert_int_equal(netlink_flush(nl), 0);
}

/* More requests than fit in one batch, every one acknowledged and done. */
static void many_requests(void **state)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    size_t n = 0;

    (void)state;
    fixture_need_root();
    assert_int_equal(unshare(CLONE_NEWNET), 0);
    assert_int_equal(netlink_new(0, &nl), 0);
    for (size_t i = 0; i < 1000; i++) {
        const struct address address = numbered(i);

        net_link_address(nl, LO, &address, "many");
    }
    assert_int_equal(netlink_flush(nl), 0);
    assert_int_equal(netlink_dump(nl, RTM_GETADDR, count_address, &n), 0);
    assert_int_equal(n, 1000);
}

/* One refusal among many: it is said once, by its name, and the others are done. */
static void one_refusal_among_many(void **state)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    const struct address twice = numbered(7);
    struct capture said;
    size_t n = 0;

    (void)state;
    fixture_need_root();
    assert_int_equal(unshare(CLONE_NEWNET), 0);
    assert_int_equal(netlink_new(0, &nl), 0);
    capture_start(&said);
    net_link_address(nl, LO, &twice, "first");
    for (size_t i = 0; i < 300; i++) {
        const struct address address = numbered(i);

        net_link_address(nl, LO, &address, i == 7 ? "second" : "other");
    }
    assert_int_equal(netlink_flush(nl), -EEXIST);
    capture_end(&said);
    assert_int_equal(said.messages, 1);
    assert_non_null(strstr(said.last, "cannot add the address of 'second'"));
    assert_int_equal(netlink_dump(nl, RTM_GETADDR, count_address, &n), 0);
    assert_int_equal(n, 300);
}

static int note_up(const struct nlmsghdr *nlh, void *data)
{
    const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);

    if (nlh->nlmsg_type == RTM_NEWLINK && ifi->ifi_index == LO && (ifi->ifi_flags & IFF_UP))
        *(bool *)data = true;
    return 0;
}

static void notifications_are_heard(void **state)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL, *events = NULL;
    bool up = false;

    (void)state;
    fixture_need_root();
    assert_int_equal(unshare(CLONE_NEWNET), 0);
    assert_int_equal(netlink_new(0, &nl), 0);
    assert_int_equal(netlink_new(RTMGRP_LINK, &events), 0);
    assert_int_equal(netlink_listen(events, 0, note_up, &up), -ETIMEDOUT);
    net_link_set_up(nl, LO, "lo");
    assert_int_equal(netlink_flush(nl), 0);
    assert_int_equal(netlink_listen(events, 1000, note_up, &up), 0);
    assert_true(up);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_needs_no_root),        cmocka_unit_test(an_empty_flush_is_nothing),
        cmocka_unit_test(a_refusal_names_its_request), cmocka_unit_test(many_requests),
        cmocka_unit_test(one_refusal_among_many),      cmocka_unit_test(notifications_are_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
