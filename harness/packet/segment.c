// SPDX-License-Identifier: Apache-2.0
#include "packet/segment.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#include "packet/checksum.h"

#define SEGMENT_PATTERN  "abcdefghijklmnopqrstuvwxyz"
#define SEGMENT_ECHO_ID  1
#define SEGMENT_ESP_SPI  1
#define SEGMENT_SEQUENCE 1

uint8_t segment_protocol(const struct packet *packet)
{
    switch (packet->kind) {
    case PACKET_TCP:
        return IPPROTO_TCP;
    case PACKET_UDP:
        return IPPROTO_UDP;
    case PACKET_ICMP:
        return packet_is_v4(packet) ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    case PACKET_ESP:
        return IPPROTO_ESP;
    default:
        return (uint8_t)packet->number[PACKET_N_PROTOCOL];
    }
}

static void segment_payload(const struct packet *packet, struct part *part)
{
    int64_t size = packet_said(packet, PACKET_N_PAYLOAD, 0);

    for (int64_t i = 0; i < size; i++)
        part_add_byte(part, (uint8_t)SEGMENT_PATTERN[i % (int64_t)strlen(SEGMENT_PATTERN)], 1);
}

/* The sum of all of it stands at `at`; with `pseudo` the addresses are summed, too. */
static void segment_checksum(const struct packet *packet, struct part *part, size_t at, bool pseudo)
{
    uint32_t sum = pseudo ? checksum_pseudo_header(&packet->from.address, &packet->to.address,
                                                   segment_protocol(packet), part->size)
                          : 0;
    uint16_t right = checksum_finish(checksum_add(sum, part->bytes, part->size));

    if (packet->offload)
        right = (uint16_t)~checksum_finish(sum);
    else if (packet->kind == PACKET_UDP && right == 0)
        right = 0xffff; /* 0 says that there is none */
    part_put_16(part, at, (uint16_t)packet_said(packet, PACKET_N_CHECKSUM, right));
}

static void segment_tcp(const struct packet *packet, struct part *part)
{
    part_add_16(part, packet->from.port);
    part_add_16(part, packet->to.port);
    part_add_32(part, SEGMENT_SEQUENCE);
    part_add_32(part, packet->flags & TH_ACK ? 1 : 0);
    part_add_byte(part, 5 << 4, 1);
    part_add_byte(part, packet->flags, 1);
    part_add_16(part, 0xffff); /* window */
    part_add_32(part, 0);      /* checksum, urgent pointer */
    segment_payload(packet, part);
    segment_checksum(packet, part, offsetof(struct tcphdr, th_sum), true);
}

static void segment_udp(const struct packet *packet, struct part *part)
{
    part_add_16(part, packet->from.port);
    part_add_16(part, packet->to.port);
    part_add_16(part, (uint16_t)(8 + packet_said(packet, PACKET_N_PAYLOAD, 0)));
    part_add_16(part, 0);
    segment_payload(packet, part);
    segment_checksum(packet, part, offsetof(struct udphdr, uh_sum), true);
}

static void segment_icmp(const struct packet *packet, struct part *part)
{
    uint8_t echo = packet_is_v4(packet) ? ICMP_ECHO : ICMP6_ECHO_REQUEST;

    part_add_byte(part, (uint8_t)packet_said(packet, PACKET_N_TYPE, echo), 1);
    part_add_byte(part, 0, 3); /* code, checksum */
    part_add_16(part, SEGMENT_ECHO_ID);
    part_add_16(part, SEGMENT_SEQUENCE);
    segment_payload(packet, part);
    segment_checksum(packet, part, offsetof(struct icmphdr, checksum), !packet_is_v4(packet));
}

/* What is encrypted is the payload's pattern. */
static void segment_esp(const struct packet *packet, struct part *part)
{
    part_add_32(part, SEGMENT_ESP_SPI);
    part_add_32(part, SEGMENT_SEQUENCE);
    segment_payload(packet, part);
}

void segment_build(const struct packet *packet, struct part *part)
{
    size_t cut;

    switch (packet->kind) {
    case PACKET_TCP:
        segment_tcp(packet, part);
        break;
    case PACKET_UDP:
        segment_udp(packet, part);
        break;
    case PACKET_ICMP:
        segment_icmp(packet, part);
        break;
    case PACKET_ESP:
        segment_esp(packet, part);
        break;
    default:
        segment_payload(packet, part);
        break;
    }
    cut = (size_t)packet_said(packet, PACKET_N_CUT, PACKET_MAX);
    part->size = part->size < cut ? part->size : cut;
}
