// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A loop that never ends: the verifier refuses it. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    volatile __u32 n = 0;

    while (n < 2)
        n = n & 1;
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
