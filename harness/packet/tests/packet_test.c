// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/tests/capture.h"
#include "packet/packet.h"

#define FRAMES "harness/packet/tests/frames.txt"

static int host(const void *data, const char *name, int af, struct address *out)
{
    (void)data;
    if (strcmp(name, "web") != 0)
        return -ENOENT;
    return address_parse(af == AF_INET ? "10.0.0.2" : "fd00::2", out);
}

static const struct packet_scene scene = {
    .source_mac = {2, 0, 0, 0, 0, 0xaa},
    .destination_mac = {2, 0, 0, 0, 0, 1},
    .from = "10.0.0.1",
    .host = host,
};

static int build(const char *text, struct packet_bytes *out)
{
    struct packet packet;
    int r = packet_read("line 1", text, &scene, &packet);

    return r < 0 ? r : packet_build("line 1", &packet, &scene, out);
}

/* The next line of the file that is no comment, without its end. */
static bool next(FILE *file, char *line, int size)
{
    do {
        if (!fgets(line, size, file))
            return false;
    } while (*line == '#');
    line[strcspn(line, "\n")] = '\0';
    return true;
}

static void every_frame_has_its_bytes(void **state)
{
    _cleanup_fclose_ FILE *file = fopen(FRAMES, "re");
    char text[PACKET_TEXT_MAX + 1], expected[1024], actual[2 * PACKET_MAX + 1];
    struct packet_bytes packet;
    size_t n = 0;

    (void)state;
    assert_non_null(file);
    while (next(file, text, sizeof(text)) && next(file, expected, sizeof(expected))) {
        assert_int_equal(build(text, &packet), 0);
        for (size_t i = 0; i < packet.size; i++)
            (void)snprintf(actual + 2 * i, 3, "%02x", packet.bytes[i]);
        if (strcmp(expected, actual) != 0)
            print_error("%s\n", text);
        assert_string_equal(actual, expected);
        n++;
    }
    assert_int_equal(n, 34);
}

/* What is refused, and the sentence behind "line 1: ". */
static const struct {
    const char *text, *said;
} refused[] = {
    {"", "it is not said what the packet carries: tcp, udp, icmp, esp, protocol=N, arp or "
         "ethertype=N"},
    {"syn to=:80", "it is not said what the packet carries: tcp, udp, icmp, esp, protocol=N, arp "
                   "or ethertype=N"},
    {"tcp sin", "'sin' is no word of a packet"},
    {"tcp a-word-that-is-longer-than-any-other-word-here",
     "'a-word-that-is-longer-than-any-other-word-here' is no word of a packet"},
    {"tcp=1", "'tcp=1' takes no value"},
    {"tcp syn=1", "'syn=1' takes no value"},
    {"tcp udp", "'udp' is a second thing that the packet carries"},
    {"tcp protocol=6", "'protocol=6' is a second thing that the packet carries"},
    {"tcp syn syn", "'syn' is said twice"},
    {"tcp ttl=1 ttl=1", "'ttl=1' is said twice"},
    {"tcp from=:1 from=:2", "'from=:2' is said twice"},
    {"tcp ttl", "'ttl' must have a number"},
    {"tcp ttl=", "'ttl=' must have a number from 0 to 255"},
    {"tcp ttl=256", "'ttl=256' must have a number from 0 to 255"},
    {"tcp ttl=-1", "'ttl=-1' must have a number from 0 to 255"},
    {"tcp ttl=1x", "'ttl=1x' must have a number from 0 to 255"},
    {"tcp ttl=0x", "'ttl=0x' must have a number from 0 to 255"},
    {"tcp ttl=99999999999999999999", "'ttl=99999999999999999999' must have a number from 0 to 255"},
    {"tcp ihl=4", "'ihl=4' must have a number from 5 to 15"},
    {"tcp frame=13", "'frame=13' must have a number from 14 to 4096"},
    {"tcp from=", "'from=' must have a host, or a host and a port"},
    {"tcp from=:1", "'to=' is missing"},
    {"tcp from=:1 to=:2", "'to=:2' has no host"},
    {"tcp from=:1 to=web", "'to=web' needs a port, as in 10.0.0.1:4000 or [fd00::1]:4000"},
    {"tcp from=:1 to=web:65536", "'to=web:65536' must have a number from 0 to 65535"},
    {"tcp from=:1 to=wob:1", "'to=wob:1' has neither an address nor a name that is known"},
    {"tcp from=[fd00::1 to=web:1", "'from=[fd00::1' must be [ADDRESS]:PORT behind a bracket"},
    {"tcp from=:1 to=[fd00::2]:1", "'to=[fd00::2]:1' is of the other family than from="},
    {"icmp to=10.0.0.2:1", "'to=10.0.0.2:1' has a port, and only TCP and UDP have ports"},
    {"arp to=fd00::2", "'to=fd00::2' has no host with an IPv4 address"},
    {"ethertype=0x88cc to=web", "'to=web' is for IP and ARP"},
    {"ethertype=5", "'ethertype=5' must have a number from 1536 to 65535"},
    {"udp syn from=:1 to=10.0.0.2:2", "'syn' is a flag of TCP, and this is something else"},
    {"udp hop-by-hop from=:1 to=10.0.0.2:2",
     "'hop-by-hop' is a header of IPv6, and this is something else"},
    {"arp fragment=0- to=web", "'fragment' is for an IP packet, and this is none"},
    {"icmp ihl=6 from=fd00::1 to=web", "'ihl=' is for an IPv4 packet, and this is none"},
    {"arp ttl=1 to=web", "'ttl=' is for an IP packet, and this is none"},
    {"esp checksum=1 to=10.0.0.2", "'checksum=' is for TCP, UDP or ICMP, and this is none"},
    {"esp type=1 to=10.0.0.2", "'type=' is for ICMP, and this is none"},
    {"tcp offload offload to=web:1", "'offload' is said twice"},
    {"icmp offload to=10.0.0.2", "'offload' is for a whole TCP or UDP packet"},
    {"tcp offload from=:1 to=10.0.0.2:1 cut=4", "'offload' is for a whole TCP or UDP packet"},
    {"icmp destination=12 to=10.0.0.2", "'destination=12' must have a multiple of 8"},
    {"icmp destination=2056 to=10.0.0.2", "'destination=2056' must have a number from 8 to 2048"},
    {"icmp fragment to=10.0.0.2", "'fragment' must have two numbers, fragment=BEGIN-END or "
                                  "fragment=BEGIN-"},
    {"icmp fragment=8 to=10.0.0.2", "'fragment=8' must have two numbers, fragment=BEGIN-END or "
                                    "fragment=BEGIN-"},
    {"icmp fragment=4- to=10.0.0.2",
     "'fragment=4-' must begin at a multiple of 8 and end behind that"},
    {"icmp fragment=8-8 to=10.0.0.2",
     "'fragment=8-8' must begin at a multiple of 8 and end behind that"},
    {"icmp fragment=0- fragment=8- to=10.0.0.2", "'fragment=8-' is a second fragment"},
    {"icmp to=10.0.0.2 payload=8 fragment=0-4",
     "a fragment must end at a multiple of 8 or at the last of the 16 bytes, not at 4"},
    {"icmp to=10.0.0.2 payload=8 fragment=0-24",
     "a fragment must end at a multiple of 8 or at the last of the 16 bytes, not at 24"},
    {"icmp to=10.0.0.2 fragment=8-", "of 8 bytes no fragment begins at 8"},
    {"icmp to=10.0.0.2 payload=4090", "a packet has at most 4096 bytes"},
};

static void what_is_refused_says_why(void **state)
{
    struct packet_bytes packet = {.size = 7};
    struct capture capture;
    char said[512];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        (void)snprintf(said, sizeof(said), "line 1: %s", refused[i].said);
        capture_start(&capture);
        assert_int_equal(build(refused[i].text, &packet), -EINVAL);
        capture_end(&capture);
        assert_string_equal(capture.last, said);
        assert_int_equal(capture.messages, 1);
        assert_int_equal(packet.size, 7); /* no part of it */
    }
}

static void seventeen_extension_headers_are_too_many(void **state)
{
    char text[512] = "icmp from=fd00::1 to=web";
    struct packet_bytes packet;
    struct capture capture;

    (void)state;
    for (size_t i = 0; i < PACKET_EXTENSIONS; i++)
        (void)strcat(text, " destination");
    assert_int_equal(build(text, &packet), 0);
    (void)strcat(text, " routing");
    capture_start(&capture);
    assert_int_equal(build(text, &packet), -EINVAL);
    capture_end(&capture);
    assert_string_equal(capture.last,
                        "line 1: 'routing' is one extension header too many: 16 are the most");
}

static void an_offloaded_checksum_has_its_place(void **state)
{
    struct packet_bytes packet;

    (void)state;
    assert_int_equal(build("tcp syn from=:1 to=10.0.0.2:1 payload=5", &packet), 0);
    assert_int_equal(packet.checksum_start, 0);
    assert_int_equal(packet.checksum_offset, 0);
    assert_int_equal(build("tcp syn from=:1 to=10.0.0.2:1 ihl=6 payload=5 offload", &packet), 0);
    assert_int_equal(packet.checksum_start, 14 + 24);
    assert_int_equal(packet.checksum_offset, 16);
    assert_int_equal(build("udp from=:1 to=10.0.0.2:1 vlan=1 offload", &packet), 0);
    assert_int_equal(packet.checksum_start, 14 + 4 + 20);
    assert_int_equal(packet.checksum_offset, 6);
}

static void a_long_description_is_refused(void **state)
{
    char text[PACKET_TEXT_MAX + 2];
    struct packet_bytes packet;
    struct capture capture;

    (void)state;
    memset(text, ' ', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    capture_start(&capture);
    assert_int_equal(build(text, &packet), -EINVAL);
    capture_end(&capture);
    assert_string_equal(capture.last, "line 1: a description has at most 1023 characters");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_has_its_bytes),
        cmocka_unit_test(what_is_refused_says_why),
        cmocka_unit_test(seventeen_extension_headers_are_too_many),
        cmocka_unit_test(an_offloaded_checksum_has_its_place),
        cmocka_unit_test(a_long_description_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
