// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup/connect6, for the tests of the loader. Beside it stands a program that no contract names
 * and no loader may take: it would not pass the verifier.
 */
#define WITH_WORKLOADS
#include "maps.h"

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 4);
    __uint(max_entries, 8);
} km_cgr_tail6 SEC(".maps");

__u32 bpf_log_level = 2;

SEC("cgroup/connect6")
int cgroup_connect6_prog(struct bpf_sock_addr *ctx)
{
    __u32 key[4] = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2], ctx->user_ip6[3]};
    __u32 *upstream = bpf_map_lookup_elem(&km_frontend, key);

    if (upstream)
        bpf_tail_call(ctx, &km_cgr_tail6, 0);
    return 1;
}

SEC("cgroup/connect6")
int somebody_elses_prog(struct bpf_sock_addr *ctx)
{
    return *(volatile int *)0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
