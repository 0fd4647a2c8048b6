// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A connect4 that calls bpf_snprintf(), which kernels have since 5.13: the normal variant of one
 * that does not.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    static const char format[] = "%d";
    __u64 number = ctx->user_port;
    char text[8];

    return bpf_snprintf(text, sizeof(text), format, &number, sizeof(number)) > 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
