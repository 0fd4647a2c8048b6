/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few fields of the kernel's own structures that the programs read. libbpf relocates them
 * against the running kernel (CO-RE), so only names matter here.
 */
#pragma once

#include <linux/types.h>

struct tcp_fastopen_request {
    void
        *data; /* the msghdr whose bytes wait for the connection; NULL for a plain cookie request */
} __attribute__((preserve_access_index));

struct sock {
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
    __u32 snd_nxt;    /* next sequence number to be sent */
    __u32 write_seq;  /* sequence number behind the last byte that was queued */
    struct tcp_fastopen_request *fastopen_req;
} __attribute__((preserve_access_index));
