// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A sendmsg_prog without any sockhash: it loads, and there is nothing to attach it to. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("sk_msg")
int sendmsg_prog(struct sk_msg_md *msg)
{
    return SK_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
