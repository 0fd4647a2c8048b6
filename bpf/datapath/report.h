/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Telling user space about a connection in km_tcp_probe: SO-4, SO-5, SO-7, SK-1. */
#pragma once

#include "datapath/ends.h"
#include "datapath/log.h"
#include "datapath/types.h"

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} km_tcp_probe SEC(".maps");

__u32 enable_monitoring = 1;

/* The last report found no room: a ring that nobody reads is worth one line in the log, not one for
 * each report. */
static bool report_is_lost;

static __always_inline void report_fill_ends(struct probe *record, const struct ends *ends,
                                             const struct storage *storage, bool family_v4)
{
    const struct bpf_sock_tuple *asked = &storage->destination;

    ends_tuple(ends, storage->direction == DIRECTION_OUTBOUND, &record->tuple);
    record->family = ends->v4 ? WIRE_V4 : WIRE_V6;
    if (ends->v4) {
        record->destination.v4.address = family_v4 ? asked->ipv4.daddr : asked->ipv6.daddr[3];
        record->destination.v4.port = bpf_ntohs(family_v4 ? asked->ipv4.dport : asked->ipv6.dport);
        return;
    }
    __builtin_memcpy(record->destination.v6.address, asked->ipv6.daddr, sizeof(asked->ipv6.daddr));
    record->destination.v6.port = bpf_ntohs(asked->ipv6.dport);
}

static __always_inline void report_fill_counts(struct probe *record, const struct bpf_tcp_sock *tp)
{
    record->sent_bytes = (__u32)tp->bytes_acked;
    record->received_bytes = (__u32)tp->bytes_received;
    record->srtt_us = tp->srtt_us >> 3; /* the kernel keeps it in eighths */
    record->min_rtt_us = tp->rtt_min;
    record->retransmits = tp->total_retrans;
    record->lost = tp->lost_out;
}

static __always_inline void report_fill_times(struct probe *record, const struct storage *storage)
{
    record->start_ns = storage->connect_ns;
    record->report_ns = bpf_ktime_get_ns();
    record->duration_ns = record->report_ns - record->start_ns;
}

/* `state` is BPF_TCP_ESTABLISHED or BPF_TCP_CLOSE: the socket's own is one behind in the hooks that
 * announce a change. */
static __always_inline void report(struct bpf_sock *sk, const struct storage *storage, __u32 state)
{
    struct bpf_tcp_sock *tp = bpf_tcp_sock(sk);
    struct ends ends;
    struct probe *record;

    if (!enable_monitoring || !tp)
        return;
    record = bpf_ringbuf_reserve(&km_tcp_probe, sizeof(*record), 0);
    if (!record) {
        if (!report_is_lost)
            log_warning("port %u: cannot report, nobody reads km_tcp_probe", sk->src_port);
        report_is_lost = true;
        return;
    }
    report_is_lost = false;
    __builtin_memset(record, 0, sizeof(*record));
    ends_of(sk, &ends);
    report_fill_ends(record, &ends, storage, sk->family == AF_INET);
    report_fill_counts(record, tp);
    report_fill_times(record, storage);
    record->success = storage->connect_success;
    record->direction = storage->direction;
    record->state = state;
    record->protocol = sk->protocol;
    bpf_ringbuf_submit(record, 0);
}
