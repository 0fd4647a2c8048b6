/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DNS of a managed pod goes to the proxy, which is backend uid 0: DN-1 … DN-9. Here is what the
 * hooks that see socket addresses have in common; dns_packet.h has what is read from packets.
 *
 * A reply comes from the proxy and is shown as coming from the server that was asked. A socket that
 * has asked one server only needs no more than that server's address. Where there were several, the
 * DNS id tells whom a reply is of; but recvmsg's hook sees no packet. Hence in three steps: egress
 * notes the id of each query with its server; ingress, of every datagram that is put into the
 * socket's queue, the server by its id; recvmsg's hook asks the kernel how many datagrams wait in
 * the queue, and so knows which of them was taken from it. How the ones before were read, or
 * whether, plays no part.
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

static __always_inline struct backend *dns_proxy_backend(void)
{
    __u32 uid = DNS_PROXY_UID;

    return bpf_map_lookup_elem(&km_backend, &uid);
}

/* Its address, none when there is none. */
static __always_inline struct ip dns_proxy(void)
{
    struct backend *proxy = dns_proxy_backend();
    struct ip none = {};

    return proxy ? proxy->address : none;
}

static __always_inline struct dns_socket *dns_socket_of(void *sk)
{
    return bpf_sk_storage_get(&km_dns, sk, NULL, 0);
}

static __always_inline struct dns_socket *dns_socket_make(void *sk)
{
    struct dns_socket *dns = bpf_sk_storage_get(&km_dns, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

    if (dns)
        dns->sk = (__u64)sk;
    return dns;
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
 * what another one answers the kernel does not give to this socket. `proxy`: the one of now, or
 * none.
 */
static __always_inline bool dns_is_stranded(const struct dns_socket *dns, const struct bpf_sock *sk,
                                            const struct ip *proxy)
{
    return ip_is_set(&dns->connected) && dns_is_connected(sk) && !ip_equal(&dns->proxy, proxy);
}

/* The server that `to` stands for: the kernel takes 0.0.0.0 and :: to the loopback. */
static __always_inline struct ip dns_server_named(const struct ip *to, bool v4)
{
    struct ip loopback = {.word = {v4 ? bpf_htonl(0x7f000001) : 0, 0, 0, v4 ? 0 : bpf_htonl(1)}};

    return ip_is_set(to) ? *to : loopback;
}

/* Whether the proxy may stand for that server: it is of the same family, and no address that cannot
 * be told from the other's. */
static __always_inline bool dns_may_stand_for(const struct ip *proxy, const struct ip *server)
{
    return (ip_is_v4(proxy) && ip_is_v4(server)) || (ip_is_v6(proxy) && ip_is_v6(server));
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
 * stays none: the connect is left alone. A negative errno: it is to be refused, since the replies
 * could not be shown as the server's.
 */
static __always_inline int dns_connect(struct bpf_sock_addr *ctx, const struct ip *to, bool v4,
                                       struct ip *proxy)
{
    struct ip server = dns_server_named(to, v4), address;
    struct bpf_sock *sk = ctx->sk;
    struct dns_socket *dns;

    if (!sk || !dns_is_query(ctx) || !manage_is_managed(bpf_get_netns_cookie(ctx)))
        return 0;
    address = dns_proxy();
    if (!dns_may_stand_for(&address, &server))
        return 0;
    dns = dns_socket_make(sk);
    if (!dns)
        return -ENOMEM;
    dns->proxy = address;
    dns->connected = dns->only = server;
    *proxy = address;
    return 0;
}
