// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The observers: every run of a socket-address hook, as the application made the call (the
 * "before" programs, on the pods' cgroups) and as the programs under test left it (the "after"
 * programs, on the lab's). The programs of a cgroup run before those of its ancestors, and the ones
 * under test sit on the node's cgroup in between.
 *
 * Hook: cgroup/connect4, cgroup/connect6. Reads: the call's address and port, the socket's and its
 * namespace's cookies. Writes: a witness_event to the namespace's log, where somebody reads it.
 * Changes nothing and always answers 1.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "witness/log.h"

#define WITNESS_INET  2
#define WITNESS_INET6 10

/* netns cookie → log; the loader sets the number of pods. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u64);
    __type(value, struct witness_log);
} witness_logs SEC(".maps");

/* `family` is a constant in every program: the verifier lets an IPv4 hook read no user_ip6, and
 * must not find it behind a branch. */
static __always_inline void witness_copy_address(struct bpf_sock_addr *ctx, __u32 *words,
                                                 __u8 family)
{
    if (family == WITNESS_INET) {
        words[0] = ctx->user_ip4;
        return;
    }
    words[0] = ctx->user_ip6[0];
    words[1] = ctx->user_ip6[1];
    words[2] = ctx->user_ip6[2];
    words[3] = ctx->user_ip6[3];
}

/* The oldest event goes when nobody drains: the reader sees that from the count. */
static __always_inline void witness_append(struct witness_log *log,
                                           const struct witness_event *event)
{
    bpf_spin_lock(&log->lock);
    log->events[log->written % WITNESS_LOG_EVENTS] = *event;
    log->written++;
    bpf_spin_unlock(&log->lock);
}

static __always_inline int witness(struct bpf_sock_addr *ctx, __u8 place, __u8 hook, __u8 family)
{
    struct witness_event event = {.place = place, .hook = hook, .family = family};
    struct witness_log *log;

    event.netns_cookie = bpf_get_netns_cookie(ctx);
    log = bpf_map_lookup_elem(&witness_logs, &event.netns_cookie);
    if (!log)
        return 1;
    event.time_ns = bpf_ktime_get_ns();
    event.socket_cookie = bpf_get_socket_cookie(ctx);
    event.port = (__u16)ctx->user_port;
    event.protocol = (__u8)ctx->protocol;
    witness_copy_address(ctx, (__u32 *)event.address, family);
    witness_append(log, &event);
    return 1;
}

SEC("cgroup/connect4")
int before_connect4(struct bpf_sock_addr *ctx)
{
    return witness(ctx, WITNESS_BEFORE, WITNESS_CONNECT, WITNESS_INET);
}

SEC("cgroup/connect6")
int before_connect6(struct bpf_sock_addr *ctx)
{
    return witness(ctx, WITNESS_BEFORE, WITNESS_CONNECT, WITNESS_INET6);
}

SEC("cgroup/connect4")
int after_connect4(struct bpf_sock_addr *ctx)
{
    return witness(ctx, WITNESS_AFTER, WITNESS_CONNECT, WITNESS_INET);
}

SEC("cgroup/connect6")
int after_connect6(struct bpf_sock_addr *ctx)
{
    return witness(ctx, WITNESS_AFTER, WITNESS_CONNECT, WITNESS_INET6);
}

char _license[] SEC("license") = "Dual BSD/GPL";
