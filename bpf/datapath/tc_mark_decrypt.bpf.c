// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Clears the marks of packets that come to the node: the one that stays says that the packet was
 * taken out of ESP, and the packet comes by here a second time with it.
 *
 * Hook: tc ingress of the interfaces with the node's addresses (the type is set by name). Reads:
 * the mark, the IP header's protocol. Writes: the mark. Behaviours: TC-7, TC-9 … TC-11, TC-16,
 * TC-17.
 *
 * Cost per packet: nothing but the mark's comparison where it is 0 or MARK_DECRYPTED, else a helper
 * call, and one for each IPv6 extension header.
 */
#include "datapath/ip.h"
#include "datapath/marks.h"

struct decrypt_extension {
    __u8 next;
    __u8 length; /* in 8 bytes, the first 8 not counted; of a fragment's: 0 */
};

/* ESP behind extension headers is ESP, too. */
static __always_inline bool decrypt_is_esp6(struct __sk_buff *skb, __u8 next)
{
    __u32 offset = sizeof(struct ipv6hdr);

    for (int i = 0; i < IP_EXTENSIONS && ip_is_extension(next); i++) {
        struct decrypt_extension extension;

        if (!marks_read(skb, offset, &extension, sizeof(extension)))
            return false;
        next = extension.next;
        offset += 8 * (extension.length + 1);
    }
    return next == IPPROTO_ESP;
}

static __always_inline bool decrypt_clears(struct __sk_buff *skb)
{
    struct ipv6hdr ip6;
    struct iphdr ip;

    if (marks_read_v4(skb, &ip))
        return ip.protocol != IPPROTO_ESP;
    return marks_read_v6(skb, &ip6) && !decrypt_is_esp6(skb, ip6.nexthdr);
}

SEC("tc_ingress")
int tc_mark_decrypt(struct __sk_buff *skb)
{
    if (skb->mark == 0 || skb->mark == MARK_DECRYPTED)
        return TC_ACT_OK;
    if (decrypt_clears(skb))
        skb->mark = 0;
    return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual BSD/GPL";
