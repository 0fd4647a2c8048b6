/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few fields of the kernel's own structures that the programs read. libbpf relocates them
 * against the running kernel (CO-RE), so only names matter here. Sockets' fields are read by the
 * functions below and nowhere else: a unit test, which has no socket, puts its own in their place.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct tcp_fastopen_request {
    void
        *data; /* the msghdr whose bytes wait for the connection; NULL for a plain cookie request */
} __attribute__((preserve_access_index));

struct net {
    __u64 net_cookie;
} __attribute__((preserve_access_index));

typedef struct {
    struct net *net;
} __attribute__((preserve_access_index)) possible_net_t;

struct sock_common {
    possible_net_t skc_net;
} __attribute__((preserve_access_index));

struct sock {
    struct sock_common __sk_common;
    int sk_write_pending; /* senders that sleep until the connection is established */
    void *sk_user_data;   /* of a socket in a sockhash: what ties it to it */
} __attribute__((preserve_access_index));

struct inet_sock {
    struct sock sk;
} __attribute__((preserve_access_index));

struct inet_connection_sock {
    struct inet_sock icsk_inet;
} __attribute__((preserve_access_index));

struct tcp_sock {
    struct inet_connection_sock inet_conn;
    __u64 bytes_sent; /* payload handed to the network, also when it was dropped there */
    __u32 rcv_nxt;    /* next sequence number that is waited for */
    __u32 snd_nxt;    /* next sequence number to be sent */
    __u32 write_seq;  /* sequence number behind the last byte that was queued */
    struct tcp_fastopen_request *fastopen_req;
    bool is_mptcp; /* a subflow of an MPTCP connection; kernels without MPTCP lack the field */
} __attribute__((preserve_access_index));

/* NULL for what is not a full TCP socket. `sk` as bpf_skc_to_tcp_sock() takes it. */
static __always_inline struct tcp_sock *kernel_tcp(void *sk)
{
    return (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
}

/* Of the socket's namespace, for hooks in which bpf_get_netns_cookie() is missing. 0: not known. */
static __always_inline __u64 kernel_netns_cookie(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp ? tp->inet_conn.icsk_inet.sk.__sk_common.skc_net.net->net_cookie : 0;
}

/* Payload was handed to the network. */
static __always_inline bool kernel_has_sent(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp && tp->bytes_sent;
}

/* Nothing was sent, and nothing waits to be sent. */
static __always_inline bool kernel_is_fresh(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp && !tp->bytes_sent && tp->write_seq == tp->snd_nxt;
}

/* A Fast Open connect that brings its bytes along, or that waits for the first ones. */
static __always_inline bool kernel_has_fastopen(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp && tp->fastopen_req;
}

static __always_inline bool kernel_has_fastopen_data(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);
    struct tcp_fastopen_request *request = tp ? tp->fastopen_req : NULL;

    return request && request->data;
}

/* A subflow of MPTCP: no sockhash takes it. */
static __always_inline bool kernel_is_mptcp(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp && bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp;
}

/* A sender sleeps until the connection is established. */
static __always_inline bool kernel_sender_waits(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp && tp->inet_conn.icsk_inet.sk.sk_write_pending;
}

static __always_inline bool kernel_in_sockhash(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp && tp->inet_conn.icsk_inet.sk.sk_user_data;
}
