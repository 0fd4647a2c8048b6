/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DNS as packets, for cgroup_skb: which server each query and each reply is of (dns.h says what
 * for). Nothing is changed here, and nothing is dropped but what a connected socket sends to a
 * proxy that moved or is gone.
 */
#pragma once

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "datapath/dns.h"
#include "datapath/kernel.h"
#include "datapath/maps_dns.h"

struct dns_packet {
    struct ip source, destination; /* as the maps hold them */
    __be16 source_port, destination_port;
    __be16 id;
    bool has_id;
};

/* The addresses; returns where the UDP header begins, 0 when it is not looked for: no UDP, or
 * behind IPv6 extension headers, which no resolver sends. */
static __always_inline __u32 dns_packet_addresses(const struct __sk_buff *skb,
                                                  struct dns_packet *out)
{
    struct ipv6hdr v6;
    struct iphdr v4;

    if (bpf_skb_load_bytes(skb, 0, &v4, sizeof(v4)))
        return 0;
    if (v4.version == 4) {
        out->source.word[0] = v4.saddr;
        out->destination.word[0] = v4.daddr;
        return v4.protocol == IPPROTO_UDP ? v4.ihl * 4 : 0;
    }
    if (bpf_skb_load_bytes(skb, 0, &v6, sizeof(v6)) || v6.nexthdr != IPPROTO_UDP)
        return 0;
    __builtin_memcpy(&out->source, &v6.saddr, sizeof(out->source));
    __builtin_memcpy(&out->destination, &v6.daddr, sizeof(out->destination));
    return sizeof(v6);
}

/* The hooks see a packet from its IP header on. Fragments are put together before ingress, and made
 * behind egress. */
static __always_inline bool dns_packet_read(const struct __sk_buff *skb, struct dns_packet *out)
{
    __u32 at = dns_packet_addresses(skb, out);
    struct udphdr udp;

    if (!at || bpf_skb_load_bytes(skb, at, &udp, sizeof(udp)))
        return false;
    out->source_port = udp.source;
    out->destination_port = udp.dest;
    out->has_id = !bpf_skb_load_bytes(skb, at + sizeof(udp), &out->id, sizeof(out->id));
    return true;
}

static __always_inline struct dns_socket *dns_packet_socket(struct bpf_sock *sk)
{
    return sk->protocol == IPPROTO_UDP ? bpf_sk_storage_get(&km_dns, sk, NULL, 0) : NULL;
}

static __always_inline void dns_note_query(struct dns_socket *dns, __be16 id)
{
    struct dns_query *query;
    struct ip none = {};

    bpf_spin_lock(&dns->lock);
    query = &dns->queries[dns->n_queries++ % DNS_QUERIES];
    /* Sends of a connected socket pass no other hook, but for IPv4-mapped ones. */
    query->server = ip_is_set(&dns->asked) ? dns->asked : dns->connected;
    query->id = id;
    dns->asked = none;
    bpf_spin_unlock(&dns->lock);
}

/* `sk`: the sender, a full socket. False: the packet goes nowhere, and the send fails with EPERM.
 */
static __always_inline bool dns_egress(struct __sk_buff *skb, struct bpf_sock *sk)
{
    struct dns_socket *dns = dns_packet_socket(sk);
    struct dns_packet packet = {};
    struct ip proxy;

    if (!dns || !dns_packet_read(skb, &packet) || packet.destination_port != DNS_PORT ||
        !ip_equal(&packet.destination, &dns->proxy))
        return true;
    proxy = dns_proxy();
    if (dns_is_stranded(dns, sk, &proxy))
        return false;
    if (packet.has_id)
        dns_note_query(dns, packet.id);
    return true;
}

/* The server of the oldest query that has the id, none when there is none; it is answered with
 * that. With the lock held. */
static __always_inline struct ip dns_answer(struct dns_socket *dns, __be16 id)
{
    struct ip none = {}, server;

    for (__u32 i = 0; i < DNS_QUERIES; i++) {
        struct dns_query *query = &dns->queries[(dns->n_queries + i) % DNS_QUERIES];

        if (query->id != id || !ip_is_set(&query->server))
            continue;
        server = query->server;
        query->server = none;
        return server;
    }
    return none;
}

/* What arrived last found no room behind ingress. With the lock held. */
static __always_inline void dns_note_dropped(struct dns_socket *dns, __u32 dropped)
{
    if (dns->dropped != dropped && dns->n_arrived)
        dns->n_arrived--;
    dns->dropped = dropped;
}

/* `sk`: the receiver, a full socket. Every datagram counts, whoever sent it. */
static __always_inline void dns_ingress(struct __sk_buff *skb, struct bpf_sock *sk)
{
    struct dns_socket *dns = dns_packet_socket(sk);
    struct kernel_datagrams now = {};
    struct dns_packet packet = {};
    struct ip server = {};
    bool is_reply;

    if (!dns)
        return;
    is_reply = dns_packet_read(skb, &packet) && packet.has_id && packet.source_port == DNS_PORT &&
               ip_equal(&packet.source, &dns->proxy);
    kernel_datagrams(dns->sk, &now); /* no helper may be called with the lock held */
    bpf_spin_lock(&dns->lock);
    dns_note_dropped(dns, now.dropped);
    if (is_reply)
        server = dns_answer(dns, packet.id);
    dns->replies[dns->n_arrived++ % DNS_REPLIES] = server;
    bpf_spin_unlock(&dns->lock);
}

/* The server of the datagram that recvmsg has read at this moment; none: it answers nobody, or too
 * many came after it. With the lock held. */
static __always_inline struct ip dns_read_now(struct dns_socket *dns,
                                              const struct kernel_datagrams *now)
{
    __u32 age = now->peeked ? now->unread : now->unread + 1; /* 1: that arrived last */
    struct ip none = {};

    dns_note_dropped(dns, now->dropped);
    if (age > DNS_REPLIES || age > dns->n_arrived)
        return none;
    return dns->replies[(dns->n_arrived - age) % DNS_REPLIES];
}
