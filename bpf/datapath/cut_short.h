/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Making a waypoint flow fail that cannot carry its TLV: TL-8, TL-9, AP-10. */
#pragma once

#include <linux/in.h>
#include <linux/tcp.h>

#include <bpf/bpf_helpers.h>

#define SOL_SOCKET   1
#define SO_KEEPALIVE 9

/*
 * Nothing that this socket sends will get past cgroup_skb_egress. It cannot be closed from here;
 * with its timers cut short the application sees ETIMEDOUT after one retransmission instead of
 * after many minutes, or after two keepalive probes where it sends nothing.
 */
static __always_inline void cut_short(struct bpf_sock_ops *ops)
{
    int one = 1;

    bpf_setsockopt(ops, IPPROTO_TCP, TCP_USER_TIMEOUT, &one, sizeof(one));
    bpf_setsockopt(ops, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one));
    bpf_setsockopt(ops, IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof(one));
    bpf_setsockopt(ops, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}
