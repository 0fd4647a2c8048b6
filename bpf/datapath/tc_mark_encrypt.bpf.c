// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Marks what leaves a pod for the pods of another node, so that the xfrm policy takes it.
 *
 * Hook: tc ingress of the node's end of a managed pod's veth (its section says nothing of that to
 * libbpf: the type is set by name). Reads: the destination; km_nodeinfo. Writes: the packet's mark.
 * Behaviours: TC-1 … TC-8.
 *
 * Cost per packet: one helper call and one look-up.
 */
#include "datapath/maps_nodeinfo.h"
#include "datapath/marks.h"

static __always_inline bool encrypt_is_due(struct __sk_buff *skb)
{
    struct nodeinfo_key key = {};
    struct ipv6hdr ip6;
    struct iphdr ip;

    if (marks_read_v4(skb, &ip)) {
        key.prefix = 32;
        key.address.word[0] = ip.daddr;
        return nodeinfo_has(&key, NODEINFO_V6);
    }
    if (!marks_read_v6(skb, &ip6))
        return false;
    key.prefix = 128;
    __builtin_memcpy(&key.address, &ip6.daddr, sizeof(key.address));
    return nodeinfo_has(&key, NODEINFO_V4);
}

SEC("tc_ingress")
int tc_mark_encrypt(struct __sk_buff *skb)
{
    if (encrypt_is_due(skb))
        skb->mark = MARK_ENCRYPT;
    return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";
