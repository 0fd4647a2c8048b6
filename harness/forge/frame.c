// SPDX-License-Identifier: Apache-2.0
#include "forge/frame.h"

#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>

#include "packet/checksum.h"

#define FRAME_TAG 4 /* bytes of a VLAN tag */

static uint16_t frame_16(const struct packet_bytes *packet, size_t at)
{
    return (uint16_t)(packet->bytes[at] << 8 | packet->bytes[at + 1]);
}

static void frame_put_16(struct packet_bytes *packet, size_t at, uint16_t number)
{
    packet->bytes[at] = (uint8_t)(number >> 8);
    packet->bytes[at + 1] = (uint8_t)number;
}

static uint16_t frame_type(const struct packet_bytes *packet)
{
    return frame_16(packet, 2 * (size_t)ETHER_ADDR_LEN);
}

/* The kernel takes a tag out of the bytes before anybody sees them. */
static void frame_untag(struct frame *frame)
{
    struct packet_bytes *packet = &frame->packet;
    size_t at = 2 * (size_t)ETHER_ADDR_LEN;

    frame->tag = -1;
    if (frame_type(packet) != ETHERTYPE_VLAN || packet->size < ETHER_HDR_LEN + FRAME_TAG)
        return;
    frame->tag = frame_16(packet, at + 2);
    packet->size -= FRAME_TAG;
    memmove(packet->bytes + at, packet->bytes + at + FRAME_TAG, packet->size - at);
    if (packet->checksum_offset > 0)
        packet->checksum_start -= FRAME_TAG;
}

static void frame_route(struct packet_bytes *packet, unsigned int routers)
{
    uint8_t *ip = packet->bytes + ETHER_HDR_LEN;
    size_t header;

    if (frame_type(packet) == ETHERTYPE_IPV6 &&
        packet->size >= ETHER_HDR_LEN + sizeof(struct ip6_hdr))
        ip[offsetof(struct ip6_hdr, ip6_hlim)] -= (uint8_t)routers;
    if (frame_type(packet) != ETHERTYPE_IP || packet->size < ETHER_HDR_LEN + sizeof(struct ip))
        return;
    header = 4 * (size_t)(ip[0] & 0xf);
    if (routers == 0 || packet->size < ETHER_HDR_LEN + header)
        return;
    ip[offsetof(struct ip, ip_ttl)] -= (uint8_t)routers;
    memset(ip + offsetof(struct ip, ip_sum), 0, 2);
    frame_put_16(packet, ETHER_HDR_LEN + offsetof(struct ip, ip_sum),
                 checksum_finish(checksum_add(0, ip, header)));
}

void frame_expect(const struct packet_bytes *sent, const struct frame_way *way, struct frame *out)
{
    out->packet = *sent;
    out->unsummed = sent->checksum_offset > 0;
    memcpy(out->packet.bytes, way->destination_mac, ETHER_ADDR_LEN);
    memcpy(out->packet.bytes + ETHER_ADDR_LEN, way->source_mac, ETHER_ADDR_LEN);
    frame_untag(out);
    frame_route(&out->packet, way->routers);
}

/* As the interface does it. */
static void frame_sum(struct packet_bytes *packet)
{
    size_t start = packet->checksum_start;
    uint16_t sum = checksum_finish(checksum_add(0, packet->bytes + start, packet->size - start));

    frame_put_16(packet, start + packet->checksum_offset, sum ? sum : 0xffff);
}

static bool frame_bytes_equal(const struct frame *expected, const struct frame *frame)
{
    struct packet_bytes summed = expected->packet;

    if (expected->unsummed && !frame->unsummed)
        frame_sum(&summed);
    return frame->packet.size == summed.size &&
           memcmp(frame->packet.bytes, summed.bytes, summed.size) == 0;
}

/* Where the two addresses of an IP packet stand, and how many bytes they have. */
static size_t frame_addresses(const struct packet_bytes *packet, size_t *at)
{
    if (frame_type(packet) == ETHERTYPE_IP) {
        *at = ETHER_HDR_LEN + offsetof(struct ip, ip_src);
        return 8;
    }
    *at = ETHER_HDR_LEN + offsetof(struct ip6_hdr, ip6_src);
    return frame_type(packet) == ETHERTYPE_IPV6 ? 32 : 0;
}

enum frame_match frame_match(const struct frame *expected, const struct frame *frame)
{
    size_t at, size = frame_addresses(&expected->packet, &at);

    if (frame->tag == expected->tag && frame_bytes_equal(expected, frame))
        return FRAME_SAME;
    if (frame->packet.size < ETHER_HDR_LEN ||
        frame_type(&frame->packet) != frame_type(&expected->packet))
        return FRAME_OTHER;
    if (frame->packet.size < at + size || expected->packet.size < at + size)
        return size ? FRAME_OTHER : FRAME_CHANGED;
    return memcmp(frame->packet.bytes + at, expected->packet.bytes + at, size) == 0 ? FRAME_CHANGED
                                                                                    : FRAME_OTHER;
}
