/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stand-ins for what there is only with a socket. A test includes this in front of the program
 * that it is about, and the program's own source then calls them, unchanged.
 *
 * There is one socket. Its pointer is that of mock_socket; nothing reads through it.
 */
#pragma once

#include "datapath/kernel.h"
#include "datapath/types.h"

struct mock_socket {
    struct bpf_sock sock;
    struct storage storage;
    bool has_storage;
    bool storage_fails; /* bpf_sk_storage_get() cannot make one */
    bool is_sent;       /* payload was handed to the network */
    bool is_queued;     /* or waits to be */
    bool has_fastopen;
    bool is_mptcp;
    bool has_ulp;
    __u64 netns_cookie;
} mock_socket;

/* What the program asked of the kernel. */
struct mock_calls {
    int retval;        /* of bpf_set_retval() */
    __u32 deleted;     /* storages */
    __u32 logged;      /* records to km_log_event */
    __u32 reported;    /* to another ring buffer */
    __u32 discarded;   /* reserved and not submitted */
    __u32 outstanding; /* reserved, neither submitted nor discarded */
} mock_calls;

/* The last record of a ring buffer; the log has its own. */
__u8 mock_record[128] __attribute__((aligned(8)));
__u8 mock_log_record[264] __attribute__((aligned(8)));
bool mock_ring_full;
__u64 mock_now = 1;

static __always_inline void mock_reset(void)
{
    __builtin_memset(&mock_socket, 0, sizeof(mock_socket));
    __builtin_memset(&mock_calls, 0, sizeof(mock_calls));
    __builtin_memset(mock_record, 0, sizeof(mock_record));
    mock_ring_full = false;
    mock_now = 1;
}

/* ---- a socket's storage ---- */

static __always_inline void *mock_storage_get(__u64 flags)
{
    if (!mock_socket.has_storage) {
        if (!(flags & BPF_SK_STORAGE_GET_F_CREATE) || mock_socket.storage_fails)
            return NULL;
        __builtin_memset(&mock_socket.storage, 0, sizeof(mock_socket.storage));
        mock_socket.has_storage = true;
    }
    return &mock_socket.storage;
}

static __always_inline long mock_storage_delete(void)
{
    mock_calls.deleted++;
    mock_socket.has_storage = false;
    return 0;
}

/* Storages that other maps keep are not there. */
#define bpf_sk_storage_get(map, sk, value, flags)                                                  \
    ((void *)(map) == (void *)&km_sockstorage ? mock_storage_get(flags) : NULL)
#define bpf_sk_storage_delete(map, sk)                                                             \
    ((void *)(map) == (void *)&km_sockstorage ? mock_storage_delete() : 0)

/* ---- ring buffers ---- */

static __always_inline void *mock_reserve(bool log)
{
    if (mock_ring_full)
        return NULL;
    mock_calls.outstanding++;
    return log ? mock_log_record : mock_record;
}

static __always_inline void mock_submit(void *record)
{
    mock_calls.outstanding--;
    if (record == mock_log_record)
        mock_calls.logged++;
    else
        mock_calls.reported++;
}

static __always_inline void mock_discard(void)
{
    mock_calls.outstanding--;
    mock_calls.discarded++;
}

#define bpf_ringbuf_reserve(map, size, flags) mock_reserve((void *)(map) == (void *)&km_log_event)
#define bpf_ringbuf_submit(record, flags)     mock_submit(record)
#define bpf_ringbuf_discard(record, flags)    mock_discard()

/* ---- the rest ---- */

#define bpf_ktime_get_ns()        mock_now
#define bpf_get_netns_cookie(ctx) mock_socket.netns_cookie
#define bpf_set_retval(value)     (mock_calls.retval = (value))
#define kernel_netns_cookie(sk)   mock_socket.netns_cookie
#define kernel_has_sent(sk)       mock_socket.is_sent
#define kernel_is_fresh(sk)       (!mock_socket.is_sent && !mock_socket.is_queued)
#define kernel_has_fastopen(sk)   mock_socket.has_fastopen
#define kernel_is_mptcp(sk)       mock_socket.is_mptcp
#define kernel_has_ulp(sk)        mock_socket.has_ulp

/* The stand-ins above know of this map by its name. */
#include "datapath/maps_socket.h"
