// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: sockops; of its callbacks TCP_CONNECT (inside connect(), once there is a route),
 * ACTIVE_ESTABLISHED (the handshake is done, nothing was sent through the socket yet) and STATE (of
 * sockets that are in a sockhash: the connection has ended).
 * Reads: km_sockstorage, the socket's pending senders.
 * Writes: km_manage, km_manage_pod, km_socket, km_socket_x, km_log_event.
 * Behaviours: MG-1 … MG-9, TL-8, TL-9, TL-10, CN-14, CN-16.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/tcp.h>

#include "datapath/manage.h"
#include "datapath/kernel.h"
#include "datapath/maps_socket.h"

#define SOL_SOCKET   1
#define SO_KEEPALIVE 9

/* The sockets whose sends carry a TLV, by tuple, the local end first, ports BE. */
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

static __always_inline bool sockops_is_v4(struct bpf_sock_ops *ops)
{
    return ops->family == AF_INET;
}

/*
 * The context is read by volatile loads: otherwise clang merges the loads of an address's two forms
 * into one load at a computed offset, and the verifier refuses a context pointer that was changed.
 */
static __always_inline struct ip sockops_remote(const volatile struct bpf_sock_ops *ops, bool v4)
{
    struct ip ip = {.word[0] = ops->remote_ip4};

    if (v4)
        return ip;
    for (int i = 0; i < 4; i++)
        ip.word[i] = ops->remote_ip6[i];
    return ip;
}

static __always_inline struct ip sockops_local(const volatile struct bpf_sock_ops *ops, bool v4)
{
    struct ip ip = {.word[0] = ops->local_ip4};

    if (v4)
        return ip;
    for (int i = 0; i < 4; i++)
        ip.word[i] = ops->local_ip6[i];
    return ip;
}

/* remote_port holds the BE port in its upper half, local_port the port in host order. */
static __always_inline void sockops_tuple(struct bpf_sock_ops *ops, struct bpf_sock_tuple *tuple)
{
    if (sockops_is_v4(ops)) {
        tuple->ipv4.saddr = ops->local_ip4;
        tuple->ipv4.daddr = ops->remote_ip4;
        tuple->ipv4.sport = bpf_htons((__u16)ops->local_port);
        tuple->ipv4.dport = bpf_htons((__u16)bpf_ntohl(ops->remote_port));
        return;
    }
    struct ip local = sockops_local(ops, false);
    struct ip remote = sockops_remote(ops, false);

    __builtin_memcpy(tuple->ipv6.saddr, local.word, sizeof(local.word));
    __builtin_memcpy(tuple->ipv6.daddr, remote.word, sizeof(remote.word));
    tuple->ipv6.sport = bpf_htons((__u16)ops->local_port);
    tuple->ipv6.dport = bpf_htons((__u16)bpf_ntohl(ops->remote_port));
}

/*
 * Nothing that this socket sends will get past cgroup_skb_egress. It cannot be closed from here;
 * with its timers cut short the application sees ETIMEDOUT after one retransmission instead of
 * after many minutes.
 */
static __always_inline void sockops_doom(struct bpf_sock_ops *ops)
{
    int one = 1;

    bpf_setsockopt(ops, IPPROTO_TCP, TCP_USER_TIMEOUT, &one, sizeof(one));
    bpf_setsockopt(ops, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one));
    bpf_setsockopt(ops, IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof(one));
    bpf_setsockopt(ops, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static __always_inline void sockops_command(struct bpf_sock_ops *ops)
{
    struct ip remote = sockops_remote(ops, sockops_is_v4(ops));
    bool mapped = ip_is_mapped(&remote);
    struct ip v4 = {.word[0] = remote.word[3]};
    enum command command = command_of(mapped ? &v4 : &remote, bpf_ntohl(ops->remote_port));
    struct ip local;

    if (command == COMMAND_NONE)
        return;
    local = sockops_local(ops, mapped || sockops_is_v4(ops));
    if (command == COMMAND_ENABLE)
        manage_enable(bpf_get_netns_cookie(ops), &local);
    else
        manage_disable(bpf_get_netns_cookie(ops), &local);
}

/* TCP_FASTOPEN_CONNECT with a cookie at hand: connect() did nothing, and the first send() goes out
 * with the SYN. */
static __always_inline void sockops_check_fastopen(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
    struct tcp_sock *tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
    struct tcp_fastopen_request *request = tp ? tp->fastopen_req : NULL;

    if (!request || !request->data || !storage_via_waypoint(sk))
        return;
    log_error("port %u: Fast Open data would lead the TLV, connection refused", ops->local_port);
    sockops_doom(ops);
}

static __always_inline void sockops_connect(struct bpf_sock_ops *ops)
{
    struct bpf_sock *sk = ops->sk;

    sockops_command(ops);
    if (sk)
        sockops_check_fastopen(ops, sk);
}

/* A sender that sleeps until the connection is up is inside the kernel's own sendmsg already: its
 * bytes will not pass sk_msg. */
static __always_inline bool sockops_sender_waits(struct bpf_sock *sk)
{
    struct tcp_sock *tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);

    return tp && tp->inet_conn.icsk_inet.sk.sk_write_pending;
}

static __always_inline long sockops_insert(struct bpf_sock_ops *ops, struct storage *storage)
{
    struct bpf_sock_tuple tuple = {};
    __u64 cookie;
    long error;

    sockops_tuple(ops, &tuple);
    storage->sockhash = SOCKHASH_TUPLE;
    error = bpf_sock_hash_update(ops, &km_socket, &tuple, BPF_NOEXIST);
    if (error == -EEXIST) {
        storage->sockhash = SOCKHASH_COOKIE;
        cookie = bpf_get_socket_cookie(ops);
        error = bpf_sock_hash_update(ops, &km_socket_x, &cookie, BPF_NOEXIST);
    }
    if (error)
        storage->sockhash = SOCKHASH_NONE;
    return error;
}

static __always_inline bool sockops_in_sockhash(struct bpf_sock *sk)
{
    struct tcp_sock *tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);

    return tp && tp->inet_conn.icsk_inet.sk.sk_user_data;
}

/*
 * A socket leaves its sockhash when it is closed, but not when its connection ends before that: by
 * connect(AF_UNSPEC), or by a reset. Its next connection is none of the entry's business. Of one
 * that was closed nothing is deleted: it may linger, and its key may be another socket's by now
 * (TL-10).
 */
static __always_inline void sockops_closed(struct bpf_sock_ops *ops)
{
    struct bpf_sock *sk = ops->sk;
    struct storage *storage = sk ? storage_via_waypoint(sk) : NULL;
    struct bpf_sock_tuple tuple = {};
    __u64 cookie;

    if (!storage || !sockops_in_sockhash(sk))
        return;
    if (storage->sockhash == SOCKHASH_TUPLE) {
        sockops_tuple(ops, &tuple);
        bpf_map_delete_elem(&km_socket, &tuple);
    } else if (storage->sockhash == SOCKHASH_COOKIE) {
        cookie = bpf_get_socket_cookie(ops);
        bpf_map_delete_elem(&km_socket_x, &cookie);
    }
    storage->sockhash = SOCKHASH_NONE;
}

static __always_inline void sockops_established(struct bpf_sock_ops *ops)
{
    struct bpf_sock *sk = ops->sk;
    struct storage *storage = sk ? storage_via_waypoint(sk) : NULL;
    long error;

    if (!storage)
        return;
    storage->connect_success = 1;
    error = sockops_insert(ops, storage);
    if (!error)
        bpf_sock_ops_cb_flags_set(ops, ops->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG);
    if (error)
        log_error("port %u: not in km_socket (%ld), connection refused", ops->local_port, error);
    if (error || sockops_sender_waits(sk))
        sockops_doom(ops);
}

SEC("sockops")
int sockops_prog(struct bpf_sock_ops *ops)
{
    if (ops->family != AF_INET && ops->family != AF_INET6)
        return 1;
    if (ops->op == BPF_SOCK_OPS_TCP_CONNECT_CB)
        sockops_connect(ops);
    else if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
        sockops_established(ops);
    else if (ops->op == BPF_SOCK_OPS_STATE_CB && ops->args[1] == BPF_TCP_CLOSE)
        sockops_closed(ops);
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
