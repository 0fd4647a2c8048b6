// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A sendmsg_prog whose km_manage has another value size than that of the other objects. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 16);
    __uint(value_size, 8);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_manage SEC(".maps");

SEC("sk_msg")
int sendmsg_prog(struct sk_msg_md *msg)
{
    __u64 key[2] = {msg->size};

    return bpf_map_lookup_elem(&km_manage, key) ? SK_PASS : SK_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
