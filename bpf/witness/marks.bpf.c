// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The observer of marks, and the one that puts them on.
 *
 * Hook of count_mark: tc egress of a node's interfaces, the next that a forwarded packet comes to.
 * Reads: the mark. Writes: how many packets had it. Hook of set_mark: tc ingress, before the
 * program under test, in the same priority. Writes: the mark. Neither ends the filters behind it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "witness/marks.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, WITNESS_MARKS_MAX);
    __type(key, struct witness_mark_key);
    __type(value, __u64);
} witness_marks SEC(".maps");

/* The mark that set_mark sets, by the index of the interface. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, WITNESS_MARKS_MAX);
    __type(key, __u32);
    __type(value, __u32);
} witness_set SEC(".maps");

static __always_inline __u32 mark_protocol(struct __sk_buff *skb)
{
    __u32 at = offsetof(struct iphdr, protocol);
    __u8 protocol = 0;

    if (skb->protocol == bpf_htons(ETH_P_IPV6))
        at = offsetof(struct ipv6hdr, nexthdr);
    else if (skb->protocol != bpf_htons(ETH_P_IP))
        return WITNESS_MARKS_OTHER;
    if (bpf_skb_load_bytes_relative(skb, at, &protocol, sizeof(protocol), BPF_HDR_START_NET) < 0)
        return WITNESS_MARKS_OTHER;
    return protocol;
}

SEC("tc")
int count_mark(struct __sk_buff *skb)
{
    struct witness_mark_key key = {
        .interface = skb->ifindex, .mark = skb->mark, .protocol = mark_protocol(skb)};
    __u64 one = 1, *count = bpf_map_lookup_elem(&witness_marks, &key);

    if (count)
        __sync_fetch_and_add(count, 1);
    else
        bpf_map_update_elem(&witness_marks, &key, &one, BPF_NOEXIST);
    return TC_ACT_UNSPEC;
}

SEC("tc")
int set_mark(struct __sk_buff *skb)
{
    __u32 interface = skb->ifindex, *mark = bpf_map_lookup_elem(&witness_set, &interface);

    if (mark)
        skb->mark = *mark;
    return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual BSD/GPL";
