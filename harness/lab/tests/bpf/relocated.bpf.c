// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Relocations against the kernel's types, through a local flavour, a nested struct and a pointer,
 * and one of a field that no kernel has. Never loaded: its instructions are compared.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct sock___local {
    int sk_write_pending;
    int sk_there_is_no_such_field;
} __attribute__((preserve_access_index));

struct tcp_fastopen_request {
    void *data;
} __attribute__((preserve_access_index));

struct tcp_sock {
    __u32 snd_nxt;
    struct tcp_fastopen_request *fastopen_req;
} __attribute__((preserve_access_index));

SEC("sk_msg")
int sendmsg_prog(struct sk_msg_md *msg)
{
    struct sock___local *sock = (void *)msg->sk;
    struct tcp_sock *tcp = (void *)msg->sk;
    __u64 at = (__u64)&tcp->fastopen_req ^ (__u64)&tcp->snd_nxt ^ (__u64)&sock->sk_write_pending;

    at += bpf_core_field_size(tcp->snd_nxt);
    at += bpf_core_field_exists(sock->sk_there_is_no_such_field);
    at += bpf_core_field_offset(struct tcp_fastopen_request, data);
    return at & 1 ? SK_PASS : SK_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
