// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a description: refused with one message, or a packet whose parts keep their limits,
 * and then a frame, or a message. */
#include "common/fuzz/fuzz.h"
#include "packet/packet.h"

static int fuzz_host(const void *data, const char *name, int af, struct address *out)
{
    (void)data;
    if (*name != 'w')
        return -1;
    return address_parse(af == AF_INET6 || name[1] == '6' ? "fd00::2" : "10.0.0.2", out);
}

static void fuzz_packet(const struct packet *packet)
{
    bool ip = packet->kind != PACKET_ARP && packet->kind != PACKET_ETHERTYPE;

    fuzz_expect(packet->from.address.af == packet->to.address.af, "both of one family");
    fuzz_expect((packet->from.address.af != AF_UNSPEC) == (packet->kind != PACKET_ETHERTYPE),
                "addresses where there are any");
    fuzz_expect(packet->n_extensions <= PACKET_EXTENSIONS, "so many extension headers");
    fuzz_expect(!packet->flags || packet->kind == PACKET_TCP, "flags are TCP's");
    fuzz_expect(!packet->fragment || ip, "fragments are of IP");
    fuzz_expect(!packet->fragment || (packet->fragment_begin % 8 == 0 &&
                                      packet->fragment_begin < packet->fragment_end),
                "a fragment has bytes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct packet_scene scene = {.from = "w4", .host = fuzz_host};
    char text[PACKET_TEXT_MAX + 2];
    struct packet_bytes frame = {.size = 0};
    struct packet packet;
    int r;

    if (size >= sizeof(text) || (size > 0 && memchr(data, 0, size)))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    fuzz_listen();
    r = packet_read("line 1", text, &scene, &packet);
    if (r == 0) {
        fuzz_packet(&packet);
        r = packet_build("line 1", &packet, &scene, &frame);
    }
    fuzz_expect_said(r);
    fuzz_expect(r < 0 || (frame.size >= 14 && frame.size <= PACKET_MAX), "a frame");
    return 0;
}
