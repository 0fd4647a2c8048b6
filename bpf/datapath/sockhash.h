/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sockets whose sends go through sk_msg, put in when the connection is established and taken
 * out when the TLV is sent or the connection has ended: TL-9, TL-10.
 */
#pragma once

#include <linux/errno.h>

#include <bpf/bpf_endian.h>

#include "datapath/kernel.h"
#include "datapath/types.h"

/* By tuple, the local end first, ports BE. */
struct {
    __uint(type, BPF_MAP_TYPE_SOCKHASH);
    __type(key, struct bpf_sock_tuple);
    __type(value, __u32);
    __uint(max_entries, 8192);
} km_socket SEC(".maps");

/* The same for a tuple that is taken: two namespaces may hold equal ones. Key: socket cookie. */
struct {
    __uint(type, BPF_MAP_TYPE_SOCKHASH);
    __type(key, __u64);
    __type(value, __u32);
    __uint(max_entries, 8192);
} km_socket_x SEC(".maps");

/*
 * In the socket's own family: an IPv4-mapped socket is an IPv6 one here. remote_port holds the BE
 * port in its upper half, local_port the port in host order; volatile as in ends_of().
 */
static __always_inline void sockhash_tuple(const volatile struct bpf_sock_ops *ops,
                                           struct bpf_sock_tuple *tuple)
{
    __be16 local_port = bpf_htons((__u16)ops->local_port);
    __be16 remote_port = bpf_htons((__u16)bpf_ntohl(ops->remote_port));

    if (ops->family == AF_INET) {
        tuple->ipv4.saddr = ops->local_ip4;
        tuple->ipv4.daddr = ops->remote_ip4;
        tuple->ipv4.sport = local_port;
        tuple->ipv4.dport = remote_port;
        /* Or newer clangs end both families alike: with one load, at a computed offset. */
        barrier();
        return;
    }
    for (int i = 0; i < 4; i++) {
        tuple->ipv6.saddr[i] = ops->local_ip6[i];
        tuple->ipv6.daddr[i] = ops->remote_ip6[i];
    }
    tuple->ipv6.sport = local_port;
    tuple->ipv6.dport = remote_port;
}

static __always_inline long sockhash_insert(struct bpf_sock_ops *ops, struct storage *storage)
{
    struct bpf_sock_tuple tuple = {};
    __u64 cookie;
    long error;

    sockhash_tuple(ops, &tuple);
    storage->sockhash = SOCKHASH_TUPLE;
    error = bpf_sock_hash_update(ops, &km_socket, &tuple, BPF_NOEXIST);
    if (error == -EEXIST) {
        storage->sockhash = SOCKHASH_COOKIE;
        cookie = bpf_get_socket_cookie(ops);
        error = bpf_sock_hash_update(ops, &km_socket_x, &cookie, BPF_NOEXIST);
    }
    if (error)
        storage->sockhash = SOCKHASH_FAILED;
    return error;
}

/*
 * A socket leaves its sockhash by itself when it is closed, but not when its connection ends before
 * that, by connect(AF_UNSPEC) or by a reset: the entry must not outlive the connection. After
 * close() nothing is deleted here, because a closed socket may linger, and its key may be another
 * socket's by now (TL-10).
 */
static __always_inline void sockhash_remove(struct bpf_sock_ops *ops, struct bpf_sock *sk,
                                            struct storage *storage)
{
    struct bpf_sock_tuple tuple = {};
    __u64 cookie;

    if (!kernel_in_sockhash(sk))
        return;
    if (storage->sockhash == SOCKHASH_TUPLE) {
        sockhash_tuple(ops, &tuple);
        bpf_map_delete_elem(&km_socket, &tuple);
    } else if (storage->sockhash == SOCKHASH_COOKIE) {
        cookie = bpf_get_socket_cookie(ops);
        bpf_map_delete_elem(&km_socket_x, &cookie);
    }
    storage->sockhash = SOCKHASH_NONE;
}
