/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A TCP segment, found in a frame behind IP options and IPv6 extension headers. What travels in a
 * VLAN, what is short and a later fragment is not looked at any further: XD-3, XD-34 … XD-36.
 */
#pragma once

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "datapath/ip.h"

#define IP_MORE    0x2000 /* more fragments */
#define IP_OFFSET  0x1fff /* where a fragment begins */
#define IP6_MORE   0x0001
#define IP6_OFFSET 0xfff8

/* The most bytes of an IPv6 header and its extension headers. */
#define PACKET_HEADERS (sizeof(struct ipv6hdr) + IP_EXTENSIONS * 2048)

enum packet_kind {
    PACKET_OTHER,  /* nothing for these programs */
    PACKET_TCP,    /* with its whole header */
    PACKET_HIDDEN, /* may be TCP, with a header of which not enough can be seen */
};

/* A pointer into the packet is not compared with NULL: the verifier would not believe it. */
struct packet {
    struct iphdr *ip;    /* when v4 */
    struct ipv6hdr *ip6; /* when not */
    struct tcphdr *tcp;  /* of PACKET_TCP */
    __u32 header;        /* bytes in front of the TCP header, Ethernet's not among them */
    bool v4;
    bool fragment; /* the first of several */
};

struct extension {
    __u8 next;
    __u8 length; /* in 8 bytes, the first 8 not counted */
    __u8 type;
    __u8 segments_left; /* of a routing header */
    __be32 rest;
};

struct fragment_extension {
    __u8 next;
    __u8 reserved;
    __be16 offset;
    __be32 id;
};

/* Two ways, each with its own value: of one value for both the verifier might think PACKET_TCP. */
static __always_inline enum packet_kind packet_not_tcp(bool hidden)
{
    if (hidden) {
        barrier();
        return PACKET_HIDDEN;
    }
    return PACKET_OTHER;
}

/*
 * `length` is what the IP header says of the whole packet; 0: of more than 64 KiB, not cut yet.
 * What is cut short is dropped by the pod's own kernel, unless other fragments bring the rest.
 */
static __always_inline enum packet_kind packet_find_tcp(struct packet *packet, void *start,
                                                        void *end, __u32 length)
{
    packet->tcp = start + packet->header;
    /* The pointer that is checked is the one that is used, and not made anew. */
    barrier_var(packet->tcp);
    /* Behind the packet a frame may be padded. */
    if ((length && length < packet->header + sizeof(*packet->tcp)) ||
        (void *)(packet->tcp + 1) > end)
        return packet_not_tcp(packet->fragment);
    return PACKET_TCP;
}

static __always_inline enum packet_kind packet_read_v4(struct packet *packet, void *start,
                                                       void *end)
{
    struct iphdr *ip = start;

    if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5 || ip->protocol != IPPROTO_TCP ||
        ip->frag_off & bpf_htons(IP_OFFSET))
        return PACKET_OTHER;
    *packet = (struct packet){
        .ip = ip, .header = ip->ihl * 4, .v4 = true, .fragment = ip->frag_off & bpf_htons(IP_MORE)};
    return packet_find_tcp(packet, start, end, bpf_ntohs(ip->tot_len));
}

/* IPv6 extension headers that are being passed by. */
struct packet_chain {
    struct xdp_md *ctx;
    __u32 header; /* bytes before `next` */
    enum packet_kind kind;
    __u8 next; /* what stands there */
    bool fragment;
};

static __always_inline enum packet_kind packet_pass(struct packet_chain *chain, void *start,
                                                    void *end)
{
    struct extension *extension = start;
    struct fragment_extension *fragment = start;

    if ((void *)(extension + 1) > end)
        return chain->fragment ? PACKET_HIDDEN : PACKET_OTHER;
    if (chain->next == IPPROTO_FRAGMENT) {
        if (fragment->offset & bpf_htons(IP6_OFFSET))
            return PACKET_OTHER;
        chain->fragment = fragment->offset & bpf_htons(IP6_MORE);
        chain->header += sizeof(*fragment);
    } else {
        /* One that is not at its destination yet is not for this pod. */
        if (chain->next == IPPROTO_ROUTING && extension->segments_left)
            return PACKET_OTHER;
        chain->header += 8 * (extension->length + 1);
    }
    chain->next = extension->next;
    return chain->next == IPPROTO_TCP ? PACKET_TCP : PACKET_HIDDEN;
}

/* PACKET_HIDDEN: there may be more. */
static long packet_each_extension(__u32 i, void *context)
{
    struct packet_chain *chain = context;
    void *start = (void *)(long)chain->ctx->data + sizeof(struct ethhdr);

    chain->kind = PACKET_OTHER;
    if (chain->header <= PACKET_HEADERS && ip_is_extension(chain->next))
        chain->kind = packet_pass(chain, start + chain->header, (void *)(long)chain->ctx->data_end);
    return chain->kind != PACKET_HIDDEN;
}

static __always_inline enum packet_kind packet_read_v6(struct xdp_md *ctx, struct packet *packet,
                                                       void *start, void *end)
{
    struct packet_chain chain = {.ctx = ctx, .header = sizeof(struct ipv6hdr)};
    struct ipv6hdr *ip6 = start;

    if ((void *)(ip6 + 1) > end || ip6->version != 6)
        return PACKET_OTHER;
    chain.next = ip6->nexthdr;
    chain.kind = chain.next == IPPROTO_TCP ? PACKET_TCP : PACKET_HIDDEN;
    if (chain.kind == PACKET_HIDDEN)
        bpf_loop(IP_EXTENSIONS, packet_each_extension, &chain, 0);
    *packet = (struct packet){.ip6 = ip6, .header = chain.header, .fragment = chain.fragment};
    if (chain.kind != PACKET_TCP || chain.header > PACKET_HEADERS)
        return packet_not_tcp(chain.kind != PACKET_OTHER);
    return packet_find_tcp(packet, start, end,
                           ip6->payload_len ? sizeof(*ip6) + bpf_ntohs(ip6->payload_len) : 0);
}

/* Of another kind than PACKET_OTHER the addresses can be used, of PACKET_TCP all of `packet`. */
static __always_inline enum packet_kind packet_read(struct xdp_md *ctx, struct packet *packet)
{
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *ethernet = (void *)(long)ctx->data;

    if ((void *)(ethernet + 1) > end)
        return PACKET_OTHER;
    if (ethernet->h_proto == bpf_htons(ETH_P_IP))
        return packet_read_v4(packet, ethernet + 1, end);
    if (ethernet->h_proto == bpf_htons(ETH_P_IPV6))
        return packet_read_v6(ctx, packet, ethernet + 1, end);
    return PACKET_OTHER;
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
