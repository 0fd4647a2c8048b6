// SPDX-License-Identifier: Apache-2.0
/*
 * A frame from the inside out: what the IP packet carries, extension headers, the IP header, the
 * frame. A fragment is cut from the whole packet: its checksums are those of the whole.
 */
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#include "common/log.h"
#include "packet/checksum.h"
#include "packet/segment.h"

#define BUILD_NOP     1    /* as an IPv4 option */
#define BUILD_PAD_N   1    /* as an IPv6 option */
#define BUILD_IGNORED 0x1e /* an IPv6 option of experiments: who does not know it passes it by */

/* ---- fragments ---- */

/* The bytes of the whole that the fragment has; *more when others follow. */
static int build_cut(const char *where, const struct packet *packet, const struct part *whole,
                     struct part *out, bool *more)
{
    size_t begin = packet->fragment ? packet->fragment_begin : 0;
    size_t end = packet->fragment ? packet->fragment_end : UINT32_MAX;

    if (end == UINT32_MAX || end == whole->size)
        end = whole->size;
    else if (end > whole->size || end % 8)
        return err_say(EINVAL,
                       "%s: a fragment must end at a multiple of 8 or at the last of the %zu "
                       "bytes, not at %zu",
                       where, whole->size, end);
    if (begin > end || (packet->fragment && begin == end))
        return err_say(EINVAL, "%s: of %zu bytes no fragment begins at %zu", where, whole->size,
                       begin);
    *more = end < whole->size;
    part_add(out, whole->bytes + begin, end - begin);
    out->full = out->full || whole->full;
    return 0;
}

/* ---- the IP header ---- */

static int build_v4(const char *where, const struct packet *packet, const struct part *segment,
                    struct part *out)
{
    size_t header = 4 * (size_t)packet_said(packet, PACKET_N_IHL, 5);
    struct part carried = {.size = 0};
    uint16_t sum;
    bool more = false;
    int r = build_cut(where, packet, segment, &carried, &more);

    if (r < 0)
        return r;
    part_add_byte(out, (uint8_t)(4 << 4 | header / 4), 1);
    part_add_byte(out, 0, 1); /* type of service */
    part_add_16(out,
                (uint16_t)packet_said(packet, PACKET_N_LENGTH, (int64_t)(header + carried.size)));
    part_add_16(out, (uint16_t)packet_said(packet, PACKET_N_ID, 1));
    part_add_16(out, (uint16_t)(packet->fragment_begin / 8 | (more ? IP_MF : 0)));
    part_add_byte(out, (uint8_t)packet_said(packet, PACKET_N_TTL, 64), 1);
    part_add_byte(out, segment_protocol(packet), 1);
    part_add_16(out, 0);
    part_add(out, packet->from.address.bytes, 4);
    part_add(out, packet->to.address.bytes, 4);
    part_add_byte(out, BUILD_NOP, header - sizeof(struct ip));
    sum = checksum_finish(checksum_add(0, out->bytes, out->size));
    part_put_16(out, offsetof(struct ip, ip_sum),
                (uint16_t)packet_said(packet, PACKET_N_HEADER_CHECKSUM, sum));
    part_add_part(out, &carried);
    return 0;
}

/* Options that nobody knows and everybody passes by: Linux takes at most 8, and 7 bytes of padding.
 */
static void build_options(struct part *out, uint8_t next, size_t size)
{
    size_t left = size - 2;

    part_add_byte(out, next, 1);
    part_add_byte(out, (uint8_t)(size / 8 - 1), 1);
    while (left > 1) {
        size_t body = left - 2 > UINT8_MAX ? UINT8_MAX : left - 2;

        part_add_byte(out, left == 6 ? BUILD_PAD_N : BUILD_IGNORED, 1);
        part_add_byte(out, (uint8_t)body, 1);
        part_add_byte(out, 0, body);
        left -= 2 + body;
    }
    part_add_byte(out, 0, left);
}

/* Of type 0. Every stop on the way is the destination. */
static void build_routing(const struct packet *packet, struct part *out, uint8_t next, size_t left)
{
    part_add_byte(out, next, 1);
    part_add_byte(out, (uint8_t)(2 * left), 1);
    part_add_byte(out, 0, 1);
    part_add_byte(out, (uint8_t)left, 1);
    part_add_byte(out, 0, 4);
    for (size_t i = 0; i < left; i++)
        part_add(out, packet->to.address.bytes, 16);
}

/* What header `i` says that follows it. */
static uint8_t build_next(const struct packet *packet, size_t i)
{
    return i < packet->n_extensions ? packet->extensions[i].protocol : segment_protocol(packet);
}

static void build_extension(const struct packet *packet, size_t i, struct part *out)
{
    const struct packet_extension *extension = &packet->extensions[i];
    uint8_t next = build_next(packet, i + 1);

    if (extension->protocol == IPPROTO_ROUTING)
        build_routing(packet, out, next, extension->value);
    else
        build_options(out, next, extension->value);
}

static size_t build_fragment_place(const struct packet *packet)
{
    size_t i = 0;

    while (i < packet->n_extensions && packet->extensions[i].protocol != IPPROTO_FRAGMENT)
        i++;
    return i;
}

static void build_fragment_header(const struct packet *packet, uint8_t next, bool more,
                                  struct part *out)
{
    part_add_byte(out, next, 1);
    part_add_byte(out, 0, 1);
    part_add_16(out, (uint16_t)(packet->fragment_begin | (more ? 1 : 0)));
    part_add_32(out, (uint32_t)packet_said(packet, PACKET_N_ID, 1));
}

/* All behind the IPv6 header. */
static int build_v6_behind(const char *where, const struct packet *packet,
                           const struct part *segment, struct part *out)
{
    size_t place = build_fragment_place(packet);
    struct part whole = {.size = 0}, cut = {.size = 0};
    bool more = false;
    int r;

    for (size_t i = 0; i < place; i++)
        build_extension(packet, i, out);
    for (size_t i = place + 1; i < packet->n_extensions; i++)
        build_extension(packet, i, &whole);
    part_add_part(&whole, segment);
    r = build_cut(where, packet, &whole, &cut, &more);
    if (r < 0)
        return r;
    if (packet->fragment)
        build_fragment_header(packet, build_next(packet, place + 1), more, out);
    part_add_part(out, &cut);
    return 0;
}

static int build_v6(const char *where, const struct packet *packet, const struct part *segment,
                    struct part *out)
{
    struct part behind = {.size = 0};
    int r = build_v6_behind(where, packet, segment, &behind);

    if (r < 0)
        return r;
    part_add_32(out, 6U << 28);
    part_add_16(out, (uint16_t)packet_said(packet, PACKET_N_LENGTH, (int64_t)behind.size));
    part_add_byte(out, build_next(packet, 0), 1);
    part_add_byte(out, (uint8_t)packet_said(packet, PACKET_N_TTL, 64), 1);
    part_add(out, packet->from.address.bytes, 16);
    part_add(out, packet->to.address.bytes, 16);
    part_add_part(out, &behind);
    return 0;
}

/* ---- the frame ---- */

static void build_arp(const struct packet *packet, const struct packet_scene *scene,
                      struct part *out)
{
    part_add_16(out, 1); /* Ethernet */
    part_add_16(out, ETHERTYPE_IP);
    part_add_byte(out, ETHER_ADDR_LEN, 1);
    part_add_byte(out, 4, 1); /* bytes of an IPv4 address */
    part_add_16(out, 1);      /* request */
    part_add(out, scene->source_mac, ETHER_ADDR_LEN);
    part_add(out, packet->from.address.bytes, 4);
    part_add_byte(out, 0, ETHER_ADDR_LEN);
    part_add(out, packet->to.address.bytes, 4);
}

static int build_inside(const char *where, const struct packet *packet,
                        const struct packet_scene *scene, struct part *out)
{
    struct part segment = {.size = 0};

    segment_build(packet, &segment);
    if (packet->kind == PACKET_ARP)
        build_arp(packet, scene, out);
    if (packet->kind == PACKET_ETHERTYPE || packet->kind == PACKET_ARP) {
        part_add_part(out, &segment);
        return 0;
    }
    return packet_is_v4(packet) ? build_v4(where, packet, &segment, out)
                                : build_v6(where, packet, &segment, out);
}

static uint16_t build_ethertype(const struct packet *packet)
{
    if (packet->kind == PACKET_ETHERTYPE)
        return (uint16_t)packet->number[PACKET_N_ETHERTYPE];
    if (packet->kind == PACKET_ARP)
        return ETHERTYPE_ARP;
    return packet_is_v4(packet) ? ETHERTYPE_IP : ETHERTYPE_IPV6;
}

/* Cut, or longer by zeroes. */
static void build_frame_size(const struct packet *packet, struct part *frame)
{
    size_t size = (size_t)packet_said(packet, PACKET_N_FRAME, (int64_t)frame->size);

    if (size > frame->size)
        part_add_byte(frame, 0, size - frame->size);
    frame->size = size;
}

static void build_offload(const struct packet *packet, struct packet_bytes *out)
{
    bool tcp = packet->kind == PACKET_TCP;
    size_t payload = (size_t)packet_said(packet, PACKET_N_PAYLOAD, 0);

    out->checksum_start = out->checksum_offset = 0;
    if (!packet->offload)
        return;
    out->checksum_start =
        out->size - payload - (tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr));
    out->checksum_offset = tcp ? offsetof(struct tcphdr, th_sum) : offsetof(struct udphdr, uh_sum);
}

int packet_build(const char *where, const struct packet *packet, const struct packet_scene *scene,
                 struct packet_bytes *out)
{
    struct part inside = {.size = 0}, frame = {.size = 0};
    int r = build_inside(where, packet, scene, &inside);

    if (r < 0)
        return r;
    part_add(&frame, scene->destination_mac, ETHER_ADDR_LEN);
    part_add(&frame, scene->source_mac, ETHER_ADDR_LEN);
    if (packet->number[PACKET_N_VLAN] >= 0) {
        part_add_16(&frame, ETHERTYPE_VLAN);
        part_add_16(&frame, (uint16_t)packet->number[PACKET_N_VLAN]);
    }
    part_add_16(&frame, build_ethertype(packet));
    part_add_part(&frame, &inside);
    if (frame.full)
        return err_say(EINVAL, "%s: a packet has at most %d bytes", where, PACKET_MAX);
    build_frame_size(packet, &frame);
    memcpy(out->bytes, frame.bytes, frame.size);
    out->size = frame.size;
    build_offload(packet, out);
    return 0;
}
