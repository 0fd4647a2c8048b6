/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A TCP segment, found in a frame. Whatever is not plainly one (short, another protocol, a
 * fragment, IP options, IPv6 extension headers, a VLAN tag) is not looked at any further: XD-3.
 */
#pragma once

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "datapath/ip.h"

#define IP_FRAGMENT 0x3fff /* more fragments, or an offset */

/* A pointer into the packet is not compared with NULL: the verifier would not believe it. */
struct packet {
    struct iphdr *ip;    /* when v4 */
    struct ipv6hdr *ip6; /* when not */
    struct tcphdr *tcp;
    bool v4;
};

static __always_inline bool packet_read_v4(struct packet *packet, void *start, void *end)
{
    struct iphdr *ip = start;
    struct tcphdr *tcp = (struct tcphdr *)(ip + 1);
    __u16 total;

    if ((void *)(tcp + 1) > end || ip->version != 4 || ip->ihl != 5)
        return false;
    /* Behind the packet a frame may be padded. 0: one of more than 64 KiB that is not cut yet. */
    total = bpf_ntohs(ip->tot_len);
    if (total && total < sizeof(*ip) + sizeof(*tcp))
        return false;
    *packet = (struct packet){.ip = ip, .tcp = tcp, .v4 = true};
    return ip->protocol == IPPROTO_TCP && !(ip->frag_off & bpf_htons(IP_FRAGMENT));
}

static __always_inline bool packet_read_v6(struct packet *packet, void *start, void *end)
{
    struct ipv6hdr *ip6 = start;
    struct tcphdr *tcp = (struct tcphdr *)(ip6 + 1);

    if ((void *)(tcp + 1) > end || ip6->version != 6)
        return false;
    *packet = (struct packet){.ip6 = ip6, .tcp = tcp};
    return ip6->nexthdr == IPPROTO_TCP && bpf_ntohs(ip6->payload_len) >= sizeof(*tcp);
}

/* False: not a TCP segment, and nothing in `packet` is to be used. */
static __always_inline bool packet_read(struct xdp_md *ctx, struct packet *packet)
{
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *ethernet = (void *)(long)ctx->data;

    if ((void *)(ethernet + 1) > end)
        return false;
    if (ethernet->h_proto == bpf_htons(ETH_P_IP))
        return packet_read_v4(packet, ethernet + 1, end);
    if (ethernet->h_proto == bpf_htons(ETH_P_IPV6))
        return packet_read_v6(packet, ethernet + 1, end);
    return false;
}

/* The destination in the form of the maps; false: an IPv6 address that would read as IPv4 there. */
static __always_inline bool packet_destination(const struct packet *packet, struct ip *out)
{
    if (packet->v4) {
        *out = (struct ip){.word[0] = packet->ip->daddr};
        return ip_is_v4(out);
    }
    __builtin_memcpy(out, &packet->ip6->daddr, sizeof(*out));
    return ip_is_v6(out);
}

/* The sender first, all of it BE. */
static __always_inline void packet_tuple(const struct packet *packet, struct bpf_sock_tuple *tuple)
{
    __builtin_memset(tuple, 0, sizeof(*tuple));
    if (packet->v4) {
        tuple->ipv4.saddr = packet->ip->saddr;
        tuple->ipv4.daddr = packet->ip->daddr;
        tuple->ipv4.sport = packet->tcp->source;
        tuple->ipv4.dport = packet->tcp->dest;
        return;
    }
    __builtin_memcpy(tuple->ipv6.saddr, &packet->ip6->saddr, sizeof(tuple->ipv6.saddr));
    __builtin_memcpy(tuple->ipv6.daddr, &packet->ip6->daddr, sizeof(tuple->ipv6.daddr));
    tuple->ipv6.sport = packet->tcp->source;
    tuple->ipv6.dport = packet->tcp->dest;
}
