/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The two ends of a connection in the form in which user space is told of them: IPv4-mapped is
 * IPv4, ports are in host order, the client comes first.
 */
#pragma once

#include "datapath/ip.h"

struct ends {
    struct ip local;
    struct ip remote;
    __u16 local_port; /* host order */
    __u16 remote_port;
    bool v4;
};

/*
 * Read by volatile loads: otherwise clang merges the loads of an address's two forms into one load
 * at a computed offset, which the verifier refuses.
 */
static __always_inline void ends_of(const volatile struct bpf_sock *sk, struct ends *ends)
{
    *ends = (struct ends){.local_port = (__u16)sk->src_port,
                          .remote_port = bpf_ntohs(sk->dst_port),
                          .v4 = sk->family == AF_INET};

    for (int i = 0; i < 4; i++) {
        ends->local.word[i] = sk->src_ip6[i];
        ends->remote.word[i] = sk->dst_ip6[i];
    }
    if (ends->v4 || ip_is_mapped(&ends->remote)) {
        ends->v4 = true;
        ends->local = (struct ip){.word[0] = sk->src_ip4};
        ends->remote = (struct ip){.word[0] = sk->dst_ip4};
    }
}

/* `tuple` is zero before. The client is the local end where the connection is outbound. */
static __always_inline void ends_tuple(const struct ends *ends, bool outbound,
                                       struct bpf_sock_tuple *tuple)
{
    const struct ip *client = outbound ? &ends->local : &ends->remote;
    const struct ip *server = outbound ? &ends->remote : &ends->local;
    __u16 client_port = outbound ? ends->local_port : ends->remote_port;
    __u16 server_port = outbound ? ends->remote_port : ends->local_port;

    if (ends->v4) {
        tuple->ipv4.saddr = client->word[0];
        tuple->ipv4.daddr = server->word[0];
        tuple->ipv4.sport = client_port;
        tuple->ipv4.dport = server_port;
        return;
    }
    __builtin_memcpy(tuple->ipv6.saddr, client->word, sizeof(client->word));
    __builtin_memcpy(tuple->ipv6.daddr, server->word, sizeof(server->word));
    tuple->ipv6.sport = client_port;
    tuple->ipv6.dport = server_port;
}
