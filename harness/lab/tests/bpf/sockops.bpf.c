// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sockops, for the tests of the loader: every IPv4 connection's active end goes to km_socket, and
 * to km_socket_x under its socket cookie when km_socket already has the tuple.
 */
#define WITH_SOCKETS
#include "maps.h"

#include <bpf/bpf_endian.h>

struct tuple {
    __u32 saddr, daddr;
    __u16 sport, dport;
    __u32 rest[6];
};

SEC("sockops")
int sockops_prog(struct bpf_sock_ops *ctx)
{
    struct tuple tuple = {0};
    __u64 cookie;

    if (ctx->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || ctx->family != 2)
        return 0;
    tuple.saddr = ctx->local_ip4;
    tuple.daddr = ctx->remote_ip4;
    tuple.sport = bpf_htons((__u16)ctx->local_port);
    tuple.dport = (__u16)(ctx->remote_port >> 16);
    if (bpf_sock_hash_update(ctx, &km_socket, &tuple, BPF_NOEXIST) != 0) {
        cookie = bpf_get_socket_cookie(ctx);
        bpf_sock_hash_update(ctx, &km_socket_x, &cookie, BPF_NOEXIST);
    }
    return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
