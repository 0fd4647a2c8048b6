// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "forge/frame.h"

static const struct frame_way way = {.source_mac = {2, 1}, .destination_mac = {2, 2}, .routers = 2};

static const struct packet_scene sent = {.source_mac = {2, 3}, .destination_mac = {2, 4}};
static const struct packet_scene arrived = {.source_mac = {2, 1}, .destination_mac = {2, 2}};

static struct packet_bytes build(const struct packet_scene *scene, const char *text)
{
    struct packet packet;
    struct packet_bytes bytes;

    assert_int_equal(packet_read("it", text, scene, &packet), 0);
    assert_int_equal(packet_build("it", &packet, scene, &bytes), 0);
    return bytes;
}

/* How a frame that arrives matches one that was sent. */
static enum frame_match match(const char *text, const char *arrives)
{
    struct packet_bytes bytes = build(&sent, text);
    struct frame expected, frame = {.packet = build(&arrived, arrives), .tag = -1};

    frame_expect(&bytes, &way, &expected);
    return frame_match(&expected, &frame);
}

static void routers_take_from_the_ttl(void **state)
{
    (void)state;
    assert_int_equal(match("esp from=10.0.0.1 to=10.0.0.2 ihl=15", //
                           "esp from=10.0.0.1 to=10.0.0.2 ihl=15 ttl=62"),
                     FRAME_SAME);
    assert_int_equal(match("esp from=fd00::1 to=fd00::2", "esp from=fd00::1 to=fd00::2 ttl=62"),
                     FRAME_SAME);
    assert_int_equal(match("esp from=fd00::1 to=fd00::2", "esp from=fd00::1 to=fd00::2 ttl=63"),
                     FRAME_CHANGED);
}

static void any_byte_counts(void **state)
{
    static const char text[] = "udp from=10.0.0.1:1 to=10.0.0.2:2 payload=9";

    (void)state;
    assert_int_equal(match(text, "udp from=10.0.0.1:1 to=10.0.0.2:2 payload=9 ttl=62"), FRAME_SAME);
    assert_int_equal(match(text, "udp from=10.0.0.1:1 to=10.0.0.2:2 payload=8 ttl=62"),
                     FRAME_CHANGED);
    assert_int_equal(match(text, "udp from=10.0.0.1:1 to=10.0.0.2:2 payload=9 ttl=62 checksum=1"),
                     FRAME_CHANGED);
}

static void other_addresses_are_another_packet(void **state)
{
    (void)state;
    assert_int_equal(match("esp from=10.0.0.1 to=10.0.0.2", "esp from=10.0.0.3 to=10.0.0.2"),
                     FRAME_OTHER);
    assert_int_equal(match("esp from=10.0.0.1 to=10.0.0.2", "esp from=fd00::1 to=fd00::2"),
                     FRAME_OTHER);
}

static void a_tag_is_in_the_metadata(void **state)
{
    struct packet_bytes bytes = build(&sent, "ethertype=0x88cc payload=4 vlan=5");
    struct frame expected, frame = {.packet = build(&arrived, "ethertype=0x88cc payload=4")};

    (void)state;
    frame_expect(&bytes, &way, &expected);
    frame.tag = 5;
    assert_int_equal(frame_match(&expected, &frame), FRAME_SAME);
    frame.tag = -1;
    assert_int_equal(frame_match(&expected, &frame), FRAME_CHANGED);
}

static void a_checksum_is_made_or_still_to_be_made(void **state)
{
    struct packet_bytes bytes = build(&sent, "tcp from=10.0.0.1:1 to=10.0.0.2:2 offload");
    struct frame expected, frame = {.tag = -1};

    (void)state;
    frame_expect(&bytes, &way, &expected);
    frame.packet = build(&arrived, "tcp from=10.0.0.1:1 to=10.0.0.2:2 ttl=62");
    assert_int_equal(frame_match(&expected, &frame), FRAME_SAME);
    frame.packet = build(&arrived, "tcp from=10.0.0.1:1 to=10.0.0.2:2 ttl=62 offload");
    assert_int_equal(frame_match(&expected, &frame), FRAME_CHANGED);
    frame.unsummed = true;
    assert_int_equal(frame_match(&expected, &frame), FRAME_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routers_take_from_the_ttl),
        cmocka_unit_test(any_byte_counts),
        cmocka_unit_test(other_addresses_are_another_packet),
        cmocka_unit_test(a_tag_is_in_the_metadata),
        cmocka_unit_test(a_checksum_is_made_or_still_to_be_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
