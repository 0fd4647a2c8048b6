// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The IPv4 program at the hook of the IPv6 one: the same type, another place. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("cgroup/connect6")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
