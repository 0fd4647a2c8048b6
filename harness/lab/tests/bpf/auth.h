/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* sockops that asks for authorization of a managed pod's accepted connections, with PORT() to write
 * ports with. */
#pragma once

#include "maps.h"

#include <bpf/bpf_endian.h>

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} km_auth_req SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 36);
    __uint(value_size, 4);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_auth_res SEC(".maps");

struct record {
    __u32 family, saddr, daddr;
    __u16 sport, dport;
    __u32 rest[6];
};

SEC("sockops")
int sockops_prog(struct bpf_sock_ops *ctx)
{
    __u64 key[2] = {bpf_get_netns_cookie(ctx)};
    struct record record = {0};

    if (ctx->op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB || ctx->family != 2 ||
        !bpf_map_lookup_elem(&km_manage, key))
        return 0;
    record.saddr = ctx->remote_ip4;
    record.daddr = ctx->local_ip4;
    record.sport = PORT(bpf_ntohl(ctx->remote_port));
    record.dport = PORT(ctx->local_port);
    bpf_ringbuf_output(&km_auth_req, &record, sizeof(record), 0);
    return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
