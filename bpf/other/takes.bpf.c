// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Another agent, one that watches what is sent: it puts every connection that a pod makes into a
 * sockhash of its own, where an sk_msg program lets everything pass. A socket has room for one
 * sk_msg program: who comes second gets EBUSY.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_SOCKHASH);
    __type(key, __u64);
    __type(value, __u32);
    __uint(max_entries, 4096);
} other_sockets SEC(".maps");

SEC("sockops")
int other_takes(struct bpf_sock_ops *ops)
{
    __u64 key;

    if (ops->op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
        return 1;
    key = bpf_get_socket_cookie(ops);
    bpf_sock_hash_update(ops, &other_sockets, &key, BPF_ANY);
    return 1;
}

SEC("sk_msg")
int other_passes(struct sk_msg_md *msg)
{
    return SK_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
