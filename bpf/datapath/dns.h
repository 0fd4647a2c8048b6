/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DNS of a managed pod goes to the proxy, which is backend uid 0: DN-1 … DN-7. Here is what the
 * hooks that see socket addresses have in common; dns_packet.h has what is read from packets.
 *
 * A reply comes from the proxy and is shown as coming from the server that was asked. A socket that
 * has asked one server only needs no more than that server's address. Where there were several, the
 * DNS id tells whom a reply is of; but recvmsg's hook sees no packet. Hence in three steps: egress
 * notes the id of each query with its server, ingress looks up the id of each reply and appends the
 * server to a queue, and recvmsg takes them from there in the same order as the datagrams.
 *
 * The queue can come to disagree with the receive queue: a datagram that is peeked at is counted
 * twice, one that is dropped behind ingress, or read without asking for its source, is not counted.
 * What has waited in it for DNS_STALE_NS when the socket asks again is therefore dropped, and where
 * it is empty the reply counts as the one that was read last, which is right after a peek.
 */
#pragma once

#include <linux/errno.h>
#include <linux/in.h>

#include "datapath/ip.h"
#include "datapath/maps_backend.h"
#include "datapath/maps_dns.h"
#include "datapath/maps_manage.h"

#define DNS_PORT      bpf_htons(53)
#define DNS_PROXY_UID 0
#define DNS_STALE_NS  (5 * 1000000000ULL)   /* clients wait about that long for an answer */
#define DNS_ANY_MEANS bpf_htonl(0x7f000001) /* where the kernel takes 0.0.0.0 to */

static __always_inline struct backend *dns_proxy_backend(void)
{
    __u32 uid = DNS_PROXY_UID;

    return bpf_map_lookup_elem(&km_backend, &uid);
}

/* Its IPv4 address, 0 when there is none. */
static __always_inline __be32 dns_proxy_v4(void)
{
    struct backend *proxy = dns_proxy_backend();

    return proxy && ip_is_v4(&proxy->address) ? proxy->address.word[0] : 0;
}

static __always_inline struct dns_socket *dns_socket_of(void *sk)
{
    return bpf_sk_storage_get(&km_dns, sk, NULL, 0);
}

static __always_inline struct dns_socket *dns_socket_make(void *sk)
{
    return bpf_sk_storage_get(&km_dns, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

static __always_inline bool dns_is_query(const struct bpf_sock_addr *ctx)
{
    return (__be16)ctx->user_port == DNS_PORT;
}

/* connect(AF_UNSPEC) runs no hook: what connect() asked for counts as long as the socket is
 * connected to port 53. */
static __always_inline bool dns_is_connected(const struct bpf_sock *sk)
{
    return sk->dst_port == DNS_PORT;
}

/*
 * The socket is connected to a proxy that is not the proxy any longer: nobody may be there, and
 * what another one answers the kernel does not give to this socket. `proxy`: the one of now, or 0.
 */
static __always_inline bool dns_is_stranded(const struct dns_socket *dns, const struct bpf_sock *sk,
                                            __be32 proxy)
{
    return dns->connected && dns_is_connected(sk) && dns->proxy != proxy;
}

/* A socket that is connected anew has asked nobody. */
static __always_inline void dns_forget(struct bpf_sock_addr *ctx)
{
    struct bpf_sock *sk = ctx->sk;

    if (sk)
        bpf_sk_storage_delete(&km_dns, sk);
}

/*
 * connect() of a UDP socket to a name server. `proxy` becomes the address to write in its place, or
 * stays 0: the connect is left alone. A negative errno: it is to be refused, since the replies
 * could not be shown as the server's.
 */
static __always_inline int dns_connect(struct bpf_sock_addr *ctx, __be32 server, __be32 *proxy)
{
    struct bpf_sock *sk = ctx->sk;
    struct dns_socket *dns;
    __be32 address;

    if (!sk || !dns_is_query(ctx) || !manage_is_managed(bpf_get_netns_cookie(ctx)))
        return 0;
    address = dns_proxy_v4();
    if (!address)
        return 0;
    dns = dns_socket_make(sk);
    if (!dns)
        return -ENOMEM;
    dns->proxy = address;
    dns->connected = dns->only = server ? server : DNS_ANY_MEANS;
    *proxy = address;
    return 0;
}
