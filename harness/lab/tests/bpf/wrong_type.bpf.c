// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A sendmsg_prog that is no sk_msg program. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("sockops")
int sendmsg_prog(struct bpf_sock_ops *ctx)
{
    return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
