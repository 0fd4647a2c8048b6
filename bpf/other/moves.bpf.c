// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Another agent, one that redirects by itself: a connect to port 8000 goes to port 80, one to port
 * 15008 to port 15018.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

static __always_inline void other_move(struct bpf_sock_addr *ctx)
{
    __u16 port = bpf_ntohs((__be16)ctx->user_port);

    if (port == 8000)
        ctx->user_port = bpf_htons(80);
    else if (port == 15008)
        ctx->user_port = bpf_htons(15018);
}

SEC("cgroup/connect4")
int other_moves4(struct bpf_sock_addr *ctx)
{
    other_move(ctx);
    return 1;
}

SEC("cgroup/connect6")
int other_moves6(struct bpf_sock_addr *ctx)
{
    other_move(ctx);
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
