// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two programs in one object, of which the verifier takes one: the other reads behind its context.
 */
#define WITH_WORKLOADS
#include "maps.h"

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    return bpf_map_lookup_elem(&km_frontend, &(__u32[4]){ctx->user_ip4}) ? 0 : 1;
}

SEC("cgroup/connect6")
int cgroup_connect6_prog(struct bpf_sock_addr *ctx)
{
    return *(volatile __u32 *)((char *)ctx + 4096);
}

char _license[] SEC("license") = "Dual BSD/GPL";
