// SPDX-License-Identifier: Apache-2.0
/* What is refused where the kernel has no ESP, and what needs none: policies. The states, and what
 * goes through them, are 580-encryption's. */
#include "net/xfrm.h"

#include <errno.h>
#include <linux/xfrm.h>
#include <string.h>

#include "common/tests/capture.h"
#include "net/esp.h"
#include "net/netlink.h"
#include "net/ns.h"
#include "place/tests/fixture.h"

static const struct address node1 = {.af = AF_INET, .bytes = {10, 127, 0, 1}};
static const struct address node2 = {.af = AF_INET, .bytes = {10, 127, 0, 2}};
static const struct address pods2 = {.af = AF_INET, .bytes = {10, 129, 0, 0}};
static const struct address any = {.af = AF_INET};

struct tried {
    char why[ESP_WHY_MAX];
    int result;
};

static int try_esp(void *data)
{
    struct tried *tried = data;

    tried->result = unshare(CLONE_NEWNET) < 0 ? -errno : esp_try(tried->why);
    return 0;
}

static void without_esp_one_sentence_says_how_to_get_it(void **state)
{
    struct topology topology = {.encryption = ENCRYPTION_ESP};
    struct lab lab = {.name = (char *)"demo", .topology = &topology};
    struct tried tried = {.result = 0};
    struct capture said;
    int r;

    (void)state;
    fixture_need_root();
    assert_int_equal(net_ns_call(try_esp, &tried), 0);
    capture_start(&said);
    r = net_xfrm_check(&lab);
    capture_end(&said);
    assert_int_equal(r, tried.result);
    assert_int_equal(said.messages, r < 0 ? 1 : 0);
    if (r == 0)
        return;
    assert_non_null(strstr(said.last, "lab 'demo' cannot have 'encryption: esp'"));
    assert_non_null(strstr(said.last, ESP_REMEDY));
    assert_non_null(strstr(said.last, tried.why));
}

static void who_wants_no_esp_is_not_asked(void **state)
{
    struct topology topology = {.encryption = ENCRYPTION_MARKS};
    struct lab lab = {.name = (char *)"demo", .topology = &topology};

    (void)state;
    assert_int_equal(net_xfrm_check(&lab), 0);
    assert_int_equal(net_xfrm_up(&lab), 0);
}

/* What the kernel has, in the words of another program. */
static void read_policies(char *text, size_t size)
{
    FILE *ip = popen("ip xfrm policy", "r");
    size_t length;

    assert_non_null(ip);
    length = fread(text, 1, size - 1, ip);
    text[length] = '\0';
    assert_int_equal(pclose(ip), 0);
}

static void add_policy(uint8_t dir, const struct esp_tunnel *tunnel, const struct address *network,
                       uint32_t bits)
{
    _cleanup_(netlink_free) struct netlink *nl = NULL;

    assert_int_equal(netlink_new_xfrm(&nl), 0);
    esp_put_policy(
        netlink_request(nl, XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL, "policy", "n"), dir,
        tunnel, network, bits);
    assert_int_equal(netlink_flush(nl), 0);
}

static void assert_policy(const char *network, const char *dir, const char *mark, const char *tmpl)
{
    char text[4096], *at;

    read_policies(text, sizeof(text));
    at = strstr(text, network);
    if (!at || !strstr(at, dir) || !strstr(at, mark) || !strstr(at, tmpl) ||
        !strstr(at, "proto esp reqid 1 mode tunnel"))
        fail_msg("no policy %s, %s, %s, %s in:\n%s", network, dir, mark, tmpl, text);
}

static void out_goes_what_is_marked_for_the_network(void **state)
{
    const struct esp_tunnel tunnel = {.from = &node1, .to = &node2};

    (void)state;
    fixture_need_root();
    assert_int_equal(unshare(CLONE_NEWNET), 0);
    add_policy(XFRM_POLICY_OUT, &tunnel, &pods2, 16);
    assert_policy("src 0.0.0.0/0 dst 10.129.0.0/16", "dir out", "mark 0xe0/0xffffffff",
                  "tmpl src 10.127.0.1 dst 10.127.0.2");
}

static void in_comes_what_was_taken_out_of_any_tunnel(void **state)
{
    const struct esp_tunnel tunnel = {.from = &any, .to = &node1};

    (void)state;
    fixture_need_root();
    assert_int_equal(unshare(CLONE_NEWNET), 0);
    add_policy(XFRM_POLICY_FWD, &tunnel, &any, 0);
    assert_policy("src 0.0.0.0/0 dst 0.0.0.0/0", "dir fwd", "mark 0xd0/0xffffffff",
                  "tmpl src 0.0.0.0 dst 10.127.0.1");
}

static void a_refused_policy_is_added_in_the_sentence(void **state)
{
    const struct esp_tunnel tunnel = {.from = &node1, .to = &node2};
    _cleanup_(netlink_free) struct netlink *nl = NULL;
    struct capture said;

    (void)state;
    fixture_need_root();
    assert_int_equal(unshare(CLONE_NEWNET), 0);
    assert_int_equal(netlink_new_xfrm(&nl), 0);
    for (int i = 0; i < 2; i++)
        esp_put_policy(netlink_request(nl, XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL,
                                       "xfrm policy", "node1"),
                       XFRM_POLICY_OUT, &tunnel, &pods2, 16);
    capture_start(&said);
    assert_int_equal(netlink_flush(nl), -EEXIST);
    capture_end(&said);
    assert_int_equal(said.messages, 1);
    assert_non_null(strstr(said.last, "cannot add the xfrm policy of 'node1'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_esp_one_sentence_says_how_to_get_it),
        cmocka_unit_test(who_wants_no_esp_is_not_asked),
        cmocka_unit_test(out_goes_what_is_marked_for_the_network),
        cmocka_unit_test(in_comes_what_was_taken_out_of_any_tunnel),
        cmocka_unit_test(a_refused_policy_is_added_in_the_sentence),
    };

    return cmocka_run_group_tests(tests, fixture_sandbox, NULL);
}
