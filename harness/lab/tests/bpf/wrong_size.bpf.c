// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A km_service of a size that no layout has. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 4);
    __uint(value_size, 120);
    __uint(max_entries, 16);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_service SEC(".maps");

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    __u32 key = 0;

    return bpf_map_lookup_elem(&km_service, &key) != 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
