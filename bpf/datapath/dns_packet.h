/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DNS as packets, for cgroup_skb: which server each query and each reply is of (dns.h says what
 * for). Nothing is changed here, and nothing is dropped but what a connected socket sends to a
 * proxy that moved or is gone.
 */
#pragma once

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include "datapath/dns.h"
#include "datapath/maps_dns.h"

struct dns_packet {
    __be32 source, destination;
    __be16 source_port, destination_port;
    __be16 id;
    bool has_id;
};

/* The hooks see a packet from its IP header on. Fragments are put together before ingress, and made
 * behind egress. */
static __always_inline bool dns_packet_read(const struct __sk_buff *skb, struct dns_packet *out)
{
    struct iphdr ip;
    struct udphdr udp;
    __u32 at;

    if (bpf_skb_load_bytes(skb, 0, &ip, sizeof(ip)) || ip.version != 4 ||
        ip.protocol != IPPROTO_UDP)
        return false;
    at = ip.ihl * 4;
    if (bpf_skb_load_bytes(skb, at, &udp, sizeof(udp)))
        return false;
    out->source = ip.saddr;
    out->destination = ip.daddr;
    out->source_port = udp.source;
    out->destination_port = udp.dest;
    out->has_id = !bpf_skb_load_bytes(skb, at + sizeof(udp), &out->id, sizeof(out->id));
    return true;
}

static __always_inline struct dns_socket *dns_packet_socket(struct bpf_sock *sk)
{
    return sk->protocol == IPPROTO_UDP ? bpf_sk_storage_get(&km_dns, sk, NULL, 0) : NULL;
}

/* `sk`: the sender, a full socket. False: the packet goes nowhere, and the send fails with EPERM.
 */
static __always_inline bool dns_egress(struct __sk_buff *skb, struct bpf_sock *sk)
{
    struct dns_socket *dns = dns_packet_socket(sk);
    struct dns_packet packet = {};
    struct dns_query *query;

    if (!dns || !dns_packet_read(skb, &packet) || packet.destination_port != DNS_PORT)
        return true;
    if (packet.destination == dns->proxy && dns_is_stranded(dns, sk, dns_proxy_v4()))
        return false;
    if (!packet.has_id)
        return true;
    bpf_spin_lock(&dns->lock);
    if (packet.destination == dns->proxy) {
        query = &dns->queries[dns->n_queries++ % DNS_QUERIES];
        /* Sends of a connected AF_INET socket pass no other hook. */
        query->server = dns->asked ? dns->asked : dns->connected;
        query->id = packet.id;
        dns->asked = 0;
    }
    bpf_spin_unlock(&dns->lock);
    return true;
}

/* The server of the oldest query that has the id, 0 when there is none; it is answered with that.
 * With the lock held. */
static __always_inline __be32 dns_answer(struct dns_socket *dns, __be16 id)
{
    for (__u32 i = 0; i < DNS_QUERIES; i++) {
        struct dns_query *query = &dns->queries[(dns->n_queries + i) % DNS_QUERIES];
        __be32 server = query->server;

        if (!server || query->id != id)
            continue;
        query->server = 0;
        return server;
    }
    return 0;
}

/* `sk`: the receiver, a full socket. */
static __always_inline void dns_ingress(struct __sk_buff *skb, struct bpf_sock *sk)
{
    struct dns_socket *dns = dns_packet_socket(sk);
    struct dns_packet packet = {};
    __be32 server;
    __u64 now;

    if (!dns || !dns_packet_read(skb, &packet) || packet.source_port != DNS_PORT)
        return;
    now = bpf_ktime_get_ns(); /* no helper may be called with the lock held */
    bpf_spin_lock(&dns->lock);
    if (packet.source == dns->proxy) {
        server = packet.has_id ? dns_answer(dns, packet.id) : 0;
        dns->replies[dns->n_arrived++ % DNS_REPLIES] = server;
        if (dns->n_arrived - dns->n_read > DNS_REPLIES)
            dns->n_read = dns->n_arrived - DNS_REPLIES;
        dns->arrived_ns = now;
    }
    bpf_spin_unlock(&dns->lock);
}
