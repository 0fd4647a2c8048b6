/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Turning a TCP segment into a bare RST, in place: no payload, no TCP options. What stands in front
 * of the TCP header stays.
 *
 * Its checksum is summed up from nothing and never from the old one: behind a sender that leaves
 * checksums to its interface, the field holds only the sum of the addresses.
 */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/packet.h"

static __always_inline __u16 reset_fold(__s64 sum)
{
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32 & 0xffff);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

/* A header's checksum, after one of its words has changed: RFC 1624. */
static __always_inline __u16 reset_update(__u16 check, __u16 from, __u16 to)
{
    return reset_fold((__s64)(__u16)~check + (__u16)~from + to);
}

/* Of a segment that is nothing but a header, and of the addresses in front of it. */
static __always_inline void reset_sum_tcp(struct tcphdr *tcp, void *addresses, __u32 size)
{
    __s64 sum = bpf_htons(IPPROTO_TCP) + bpf_htons(sizeof(*tcp));

    sum += (__u32)bpf_csum_diff(NULL, 0, addresses, size, 0);
    sum += (__u32)bpf_csum_diff(NULL, 0, (__be32 *)tcp, sizeof(*tcp), 0);
    tcp->check = reset_fold(sum);
}

static __always_inline void reset_header(struct tcphdr *tcp, __u32 sequence)
{
    struct tcphdr header = {
        .source = tcp->source,
        .dest = tcp->dest,
        .seq = bpf_htonl(sequence),
        .doff = sizeof(*tcp) / 4,
        .rst = 1,
    };

    *tcp = header;
}

static __always_inline void reset_write(struct packet *packet, __u32 sequence)
{
    struct ipv6hdr *ip6 = packet->ip6;
    struct iphdr *ip = packet->ip;
    __be16 length;

    reset_header(packet->tcp, sequence);
    if (!packet->v4) {
        ip6->payload_len = bpf_htons(packet->header - sizeof(*ip6) + sizeof(*packet->tcp));
        reset_sum_tcp(packet->tcp, &ip6->saddr, 2 * sizeof(ip6->saddr));
        return;
    }
    length = bpf_htons(packet->header + sizeof(*packet->tcp));
    ip->check = reset_update(ip->check, ip->tot_len, length);
    ip->tot_len = length;
    reset_sum_tcp(packet->tcp, &ip->saddr, 2 * sizeof(ip->saddr));
}

/* `packet` is what packet_read() found, and is not to be used any more. */
static __always_inline void packet_reset(struct xdp_md *ctx, struct packet *packet, __u32 sequence)
{
    int length = sizeof(struct ethhdr) + packet->header + sizeof(*packet->tcp);

    /* Every pointer into the packet has to be found anew behind this call. */
    if (bpf_xdp_adjust_tail(ctx, length - (int)bpf_xdp_get_buff_len(ctx)) == 0 &&
        packet_read(ctx, packet) == PACKET_TCP)
        reset_write(packet, sequence);
}
