// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: sockops; of its callbacks TCP_CONNECT (inside connect(), once there is a route),
 * ACTIVE_ESTABLISHED and PASSIVE_ESTABLISHED (the handshake is done, nothing was sent through the
 * socket yet), HDR_OPT_LEN (of waypoint flows, before each segment until the TLV is in the stream)
 * and STATE (of the connections of managed pods, when they have ended).
 * Reads: km_manage, km_sockstorage, the socket's counters and pending senders.
 * Writes: km_manage, km_manage_pod, km_sockstorage, km_socket, km_socket_x, km_auth_req,
 * km_auth_res, km_tcp_probe, km_log_event.
 * Behaviours: MG-1 … MG-9, TL-8, TL-9, TL-10, CN-14, CN-16, SO-1 … SO-7, AP-1 … AP-4.
 * Hot path, look-ups (a socket's storage is one) and other helper calls. TCP_CONNECT: 1 other (the
 * TCP socket). ACTIVE_ESTABLISHED: 1 look-up (km_sockstorage), which is all for an unmanaged pod; 6
 * others with the report, 2 more for a waypoint flow (the sockhash, the TCP socket).
 * PASSIVE_ESTABLISHED: 3 look-ups and 1 other for an unmanaged pod; 4 look-ups and 9 others for a
 * managed one, which is asked about, given its storage and reported. HDR_OPT_LEN: 1 look-up; the
 * last one 4 others. STATE, when the connection has ended: 1 look-up and 4 others for the report; 1
 * more for an accepted one and for a waypoint flow that sent nothing.
 */
#include "datapath/auth.h"
#include "datapath/cut_short.h"
#include "datapath/manage.h"
#include "datapath/maps_socket.h"
#include "datapath/report.h"
#include "datapath/sockhash.h"

static __always_inline void sockops_command(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
    struct ends ends;
    enum command command;

    ends_of(sk, &ends);
    command = command_of(&ends.remote, ends.remote_port);
    if (command == COMMAND_ENABLE)
        manage_enable(bpf_get_netns_cookie(ops), &ends.local);
    else if (command == COMMAND_DISABLE)
        manage_disable(bpf_get_netns_cookie(ops), &ends.local);
}

/* TCP_FASTOPEN_CONNECT with a cookie at hand: connect() did nothing, and the first send() goes out
 * with the SYN. */
static __always_inline void sockops_check_fastopen(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
    if (!kernel_has_fastopen_data(sk) || !storage_via_waypoint(sk))
        return;
    log_error("port %u: Fast Open data would lead the TLV, connection refused", ops->local_port);
    cut_short(ops);
}

/* Asks for one more kind of callback. */
static __always_inline void sockops_flag(struct bpf_sock_ops *ops, __u32 flag)
{
    bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags | flag);
}

/* A sender that sleeps until the connection is up is inside the kernel's own sendmsg already: its
 * bytes will not pass sk_msg. */
static __always_inline void sockops_carry(struct bpf_sock_ops *ops, struct bpf_sock *sk,
                                          struct storage *storage)
{
    long error = sockhash_insert(ops, storage);

    if (error)
        log_error("port %u: not in km_socket (%ld), connection refused", ops->local_port, error);
    if (error || kernel_sender_waits(sk))
        cut_short(ops);
    else
        sockops_flag(ops, BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
}

/*
 * Before each segment until the TLV is in the stream, and then for the last time. A socket in a
 * sockhash does not answer its application as others do: newer kernels say that nothing can be read
 * (FIONREAD), and a blocking reader may be woken with EAGAIN. sk_msg has nothing more to do on it,
 * so it leaves. A sender that is inside sk_msg holds what it needs until it is through.
 */
static __always_inline void sockops_segment(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
    struct storage *storage = storage_of(sk);

    if (storage && storage->via_waypoint && !storage->encoded)
        return;
    if (storage)
        sockhash_remove(ops, sk, storage);
    bpf_sock_ops_cb_flags_set(ops,
                              ops->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
}

static __always_inline void sockops_established(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
    struct storage *storage = storage_of(sk);

    if (!storage)
        return;
    storage->connect_success = 1;
    storage->report_ns = bpf_ktime_get_ns();
    sockops_flag(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
    if (storage->via_waypoint)
        sockops_carry(ops, sk, storage);
    report(sk, storage, BPF_TCP_ESTABLISHED);
}

/* The destination of an accepted connection is its own end, in the socket's family. */
static __always_inline void sockops_destination(const struct ends *ends, bool family_v4,
                                                struct bpf_sock_tuple *destination)
{
    __be16 port = bpf_htons(ends->local_port);
    struct ip mapped = {.word = {0, 0, bpf_htonl(0xffff), ends->local.word[0]}};

    if (family_v4) {
        destination->ipv4.daddr = ends->local.word[0];
        destination->ipv4.dport = port;
        return;
    }
    __builtin_memcpy(destination->ipv6.daddr, ends->v4 ? mapped.word : ends->local.word,
                     sizeof(destination->ipv6.daddr));
    destination->ipv6.dport = port;
}

/* Where memory is short nothing is reported; asked is nevertheless. */
static __always_inline void sockops_accepted(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
    struct storage *storage = storage_of(sk);
    struct ends ends;

    /* One that has storage did connect(): both ends did, at the same time. */
    if (storage || !manage_is_managed(bpf_get_netns_cookie(ops)))
        return;
    ends_of(sk, &ends);
    auth_ask(&ends);
    storage = bpf_sk_storage_get(&km_sockstorage, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (!storage)
        return;
    storage->connect_ns = bpf_ktime_get_ns();
    storage->direction = DIRECTION_INBOUND;
    storage->destination_set = 1;
    sockops_destination(&ends, ops->family == AF_INET, &storage->destination);
}

static __always_inline void sockops_closed(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
    struct storage *storage = storage_of(sk);
    struct ends ends;

    if (!storage)
        return;
    if (storage->via_waypoint)
        sockhash_remove(ops, sk, storage);
    if (storage->direction == DIRECTION_INBOUND) {
        ends_of(sk, &ends);
        auth_forget(&ends);
    }
    report(sk, storage, BPF_TCP_CLOSE);
    storage->connect_success = 0; /* the socket may be a listener next */
}

SEC("sockops")
int sockops_prog(struct bpf_sock_ops *ops)
{
    struct bpf_sock *sk = ops->sk;

    if (!sk || (ops->family != AF_INET && ops->family != AF_INET6))
        return 1;
    switch (ops->op) {
    case BPF_SOCK_OPS_TCP_CONNECT_CB:
        sockops_check_fastopen(ops, sk);
        sockops_command(ops, sk);
        break;
    case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
        sockops_accepted(ops, sk);
        __attribute__((fallthrough));
    case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
        sockops_established(ops, sk);
        break;
    case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
        sockops_segment(ops, sk);
        break;
    case BPF_SOCK_OPS_STATE_CB:
        if (ops->args[1] == BPF_TCP_CLOSE)
            sockops_closed(ops, sk);
        break;
    }
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
