/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the two connect hooks have in common: they differ only in how they read and write the
 * destination.
 */
#pragma once

#include <linux/errno.h>
#include <linux/in.h>

#include "datapath/command.h"
#include "datapath/kernel.h"
#include "datapath/maps_manage.h"
#include "datapath/maps_socket.h"
#include "datapath/resolve.h"

enum {
    CONNECT_REJECT = 0,
    CONNECT_PROCEED = 1,
};

/* A socket may be connected several times; what an earlier connect left is not this one's. */
static __always_inline void connect_forget(struct bpf_sock_addr *ctx)
{
    struct bpf_sock *sk = ctx->sk;

    if (sk)
        bpf_sk_storage_delete(&km_sockstorage, sk);
}

static __always_inline int connect_reject(int error)
{
    bpf_set_retval(error);
    return CONNECT_REJECT;
}

/*
 * Leaves in the socket's storage what the other programs need to know of the connect: when, and the
 * destination that was asked for, of every TCP connect of a managed pod. `asked` is the tuple's
 * daddr and dport in the socket's own family. Without memory there is no storage, and no report.
 */
static __always_inline void connect_remember(struct bpf_sock_addr *ctx,
                                             const struct bpf_sock_tuple *asked)
{
    struct bpf_sock *sk = ctx->sk;
    struct storage *storage;

    if (!sk)
        return;
    storage = bpf_sk_storage_get(&km_sockstorage, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (!storage)
        return;
    storage->connect_ns = bpf_ktime_get_ns();
    storage->direction = DIRECTION_OUTBOUND;
    storage->destination_set = 1;
    storage->destination = *asked;
}

/*
 * Makes it a waypoint flow: sockops and sk_msg see to its TLV, or it is refused. The storage is
 * looked up again because a pointer that may be NULL would double the verifier's work on all that
 * lies between.
 *
 * sendto(MSG_FASTOPEN): the bytes come with the connect and would pass by the TLV. The answer is
 * the one that the kernel gives where Fast Open is switched off, which clients know how to take.
 * MPTCP has the same answer: its subflows cannot be put into a sockhash.
 */
static __always_inline int connect_via_waypoint(struct bpf_sock_addr *ctx)
{
    struct bpf_sock *sk = ctx->sk;
    struct storage *storage;

    if (!sk)
        return -EINVAL;
    if (kernel_has_fastopen(sk) || kernel_is_mptcp(sk))
        return -EOPNOTSUPP;
    storage = storage_of(sk);
    if (!storage)
        return -ENOMEM;
    storage->via_waypoint = 1;
    return 0;
}

/*
 * connect() of a managed pod's TCP socket. Puts where it goes into `to`, which is what was asked
 * for before. Returns 1 when the destination is to be written back, 0 when the connect is left
 * alone, and a negative errno when it is to be refused: -EHOSTUNREACH where the waypoint has no
 * address of the destination's family.
 */
static __always_inline int connect_decide(struct bpf_sock_addr *ctx,
                                          const struct bpf_sock_tuple *asked,
                                          struct destination *to)
{
    int error;

    connect_remember(ctx, asked);
    switch (resolve(to)) {
    case VERDICT_UNTOUCHED:
        return 0;
    case VERDICT_BACKEND:
        return 1;
    case VERDICT_WAYPOINT:
        error = connect_via_waypoint(ctx);
        return error ? error : 1;
    case VERDICT_REFUSED:
        return -EHOSTUNREACH;
    }
    return 0;
}

/* Whether a TCP connect to `to`, unmapped, is one that may be redirected: not a manage command, and
 * of a managed pod. */
static __always_inline bool connect_may_redirect(struct bpf_sock_addr *ctx, const struct ip *to)
{
    if (command_of(to, bpf_ntohs((__be16)ctx->user_port)))
        return false;
    return manage_is_managed(bpf_get_netns_cookie(ctx));
}
