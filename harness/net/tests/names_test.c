// SPDX-License-Identifier: Apache-2.0
/* Names that are somebody else's, or not those of namespaces. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/tests/capture.h"
#include "net/net.h"
#include "net/ns.h"
#include "place/tests/fixture.h"

static void what_is_no_namespace_is_said(void **state)
{
    struct capture said;
    struct lab *lab;
    int fd = -1;

    (void)state;
    fixture_need_root();
    lab = fixture_lab("shared", 1, 1);
    assert_int_equal(net_up(lab, NULL), 0);
    capture_start(&said);
    assert_int_equal(net_open_pod(lab, "nobody", &fd), -ENOENT);
    assert_non_null(strstr(said.last, "waypost.shared.nobody"));
    fixture_write(NET_NS_DIR "/waypost.shared.half", "");
    assert_int_equal(net_open_pod(lab, "half", &fd), -EINVAL);
    assert_non_null(strstr(said.last, "half up or half down"));
    capture_end(&said);
    assert_int_equal(fd, -1);
    assert_int_equal(unlink(NET_NS_DIR "/waypost.shared.half"), 0);
    assert_int_equal(net_down(lab, NULL), 0);
    fixture_forget(&lab);
}

/* A namespace of the same name that somebody else made is refused, and left alone. */
static void what_is_not_ours_stays(void **state)
{
    struct capture said;
    struct lab *lab;

    (void)state;
    fixture_need_root();
    fixture_write(NET_NS_DIR "/waypost.other.p1", "");
    lab = fixture_lab("other", 1, 2);
    capture_start(&said);
    assert_int_equal(net_up(lab, NULL), -EEXIST);
    capture_end(&said);
    assert_non_null(strstr(said.last, "waypost.other.p1"));
    assert_int_equal(net_down(lab, NULL), 0);
    assert_int_equal(access(NET_NS_DIR "/waypost.other.p1", F_OK), 0);
    assert_int_equal(unlink(NET_NS_DIR "/waypost.other.p1"), 0);
    fixture_forget(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_namespace_is_said),
        cmocka_unit_test(what_is_not_ours_stays),
    };

    return cmocka_run_group_tests(tests, fixture_sandbox, NULL);
}
