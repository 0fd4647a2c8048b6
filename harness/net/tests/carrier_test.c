// SPDX-License-Identifier: Apache-2.0
/* A link that has no carrier for as long as its other end is down. */
#include "net/carrier.h"

#include <errno.h>
#include <string.h>

#include "common/patience.h"
#include "common/tests/capture.h"
#include "common/tests/load.h"
#include "net/link.h"
#include "place/tests/fixture.h"

#define END  100
#define PEER 101

static void a_link_comes_up_or_does_not_or_nobody_can_say(void **state)
{
    const struct net_end end = {"end", END, {{2, 0, 0, 0, 0, 1}}, -1};
    const struct net_end peer = {"peer", PEER, {{2, 0, 0, 0, 0, 2}}, -1};
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    struct capture said;
    int quiet, starved;

    (void)state;
    fixture_need_root();
    assert_int_equal(netlink_new(0, &nl), 0);
    net_link_veth(nl, &end, &peer, "test");
    assert_int_equal(netlink_flush(nl), 0);
    capture_start(&said);
    quiet = net_carrier_wait(nl, "n", 200);
    load_plant();
    starved = net_carrier_wait(nl, "n", 200);
    load_remove();
    capture_end(&said);
    assert_int_equal(quiet, -ETIMEDOUT);
    assert_int_equal(starved, -PATIENCE_STARVED);
    assert_non_null(strstr(said.last, PATIENCE_WORD "whether the links come up: in "));
    net_link_set_up(nl, PEER, "test");
    assert_int_equal(netlink_flush(nl), 0);
    assert_int_equal(net_carrier_wait(nl, "n", 5000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_comes_up_or_does_not_or_nobody_can_say),
    };

    return cmocka_run_group_tests(tests, fixture_sandbox, NULL);
}
