/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reports of connections that are up for long: SK-1, SK-2. Any packet of a connection, in or out,
 * is the occasion; the time since the last report decides.
 */
#pragma once

#include "datapath/kernel.h"
#include "datapath/maps_manage.h"
#include "datapath/maps_socket.h"
#include "datapath/report.h"

#define PERIODIC_NS 5000000000ULL

__u32 enable_periodic_report;

/* Packets of one connection may be here on two processors at once: only one of them moves the time
 * on, and reports. */
static __always_inline bool periodic_is_due(struct storage *storage)
{
    __u64 last = storage->report_ns;
    __u64 now = bpf_ktime_get_ns();

    if (now < last || now - last <= PERIODIC_NS)
        return false;
    return __sync_bool_compare_and_swap(&storage->report_ns, last, now);
}

/* Until the handshake is done, and when the connection has ended, connect_success is 0. */
static __always_inline void periodic_report(struct bpf_sock *sk)
{
    struct storage *storage;

    if (!enable_periodic_report || !enable_monitoring)
        return;
    storage = storage_of(sk);
    if (!storage || !storage->connect_success || !manage_is_managed(kernel_netns_cookie(sk)))
        return;
    if (periodic_is_due(storage))
        report(sk, storage, BPF_TCP_ESTABLISHED);
}
