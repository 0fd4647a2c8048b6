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

typedef struct {
    int counter;
} atomic_t;

typedef struct {
    atomic_t refs;
} refcount_t;

struct sk_buff {
    refcount_t users;
} __attribute__((preserve_access_index));

struct sk_buff_head {
    struct sk_buff *next;
    __u32 qlen;
} __attribute__((preserve_access_index));

struct sock {
    struct sock_common __sk_common;
    struct sk_buff_head sk_receive_queue;
    atomic_t sk_drops;    /* datagrams that found no room */
    int sk_write_pending; /* senders that sleep until the connection is established */
    void *sk_user_data;   /* of a socket in a sockhash: what ties it to it */
} __attribute__((preserve_access_index));

struct inet_sock {
    struct sock sk;
} __attribute__((preserve_access_index));

struct tcp_ulp_ops;

struct inet_connection_sock {
    struct inet_sock icsk_inet;
    const struct tcp_ulp_ops *icsk_ulp_ops; /* what sits on top of TCP: kTLS */
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

struct numa_drop_counters {
    atomic_t drops0, drops1;
} __attribute__((preserve_access_index));

struct udp_sock {
    struct inet_sock inet;
    struct sk_buff_head reader_queue;        /* in front of sk_receive_queue */
    struct numa_drop_counters drop_counters; /* since Linux 6.18, instead of sk_drops */
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

/* Something on top of TCP makes the stream of what is sent: kTLS. */
static __always_inline bool kernel_has_ulp(void *sk)
{
    struct tcp_sock *tp = kernel_tcp(sk);

    return tp && tp->inet_conn.icsk_ulp_ops;
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

/* What a UDP socket has received. */
struct kernel_datagrams {
    __u32 unread;
    __u32 dropped; /* ever, for lack of room */
    bool peeked;   /* somebody reads the first with MSG_PEEK at this moment */
};

/*
 * `sk`: the address of a UDP socket in the kernel. No helper makes an AF_INET one a pointer that
 * may be followed, so it is read by bpf_probe_read_kernel().
 */
static __always_inline void kernel_datagrams(__u64 sk, struct kernel_datagrams *out)
{
    struct udp_sock *up = (struct udp_sock *)sk;
    __u32 queue = 0, reader = 0, more = 0;
    struct sk_buff *first = NULL;
    int users = 0;

    bpf_core_read(&queue, sizeof(queue), &up->inet.sk.sk_receive_queue.qlen);
    bpf_core_read(&reader, sizeof(reader), &up->reader_queue.qlen);
    if (reader) {
        bpf_core_read(&first, sizeof(first), &up->reader_queue.next);
        bpf_core_read(&users, sizeof(users), &first->users.refs.counter);
    }
    if (bpf_core_field_exists(up->drop_counters)) {
        bpf_core_read(&out->dropped, sizeof(out->dropped), &up->drop_counters.drops0.counter);
        bpf_core_read(&more, sizeof(more), &up->drop_counters.drops1.counter);
    } else {
        bpf_core_read(&out->dropped, sizeof(out->dropped), &up->inet.sk.sk_drops.counter);
    }
    out->dropped += more;
    out->unread = queue + reader;
    out->peeked = users > 1;
}
