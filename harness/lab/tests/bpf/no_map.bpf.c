// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A map that the kernel does not make: a hash without a key. No program is to blame. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(value_size, 8);
    __uint(max_entries, 1);
} somebodys_map SEC(".maps");

SEC("sockops")
int sockops_prog(struct bpf_sock_ops *ctx)
{
    __u32 key = ctx->op;

    return bpf_map_lookup_elem(&somebodys_map, &key) != 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
