/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the two classifiers of encryption between nodes share. */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

#define MARK_ENCRYPT   0xe0 /* goes to the xfrm policy dir out */
#define MARK_DECRYPTED 0xd0 /* the xfrm state dir in has taken it out of ESP */

/* Bytes of the packet from its IP header on, wherever they lie. */
static __always_inline bool marks_read(struct __sk_buff *skb, __u32 offset, void *to, __u32 size)
{
    return bpf_skb_load_bytes_relative(skb, offset, to, size, BPF_HDR_START_NET) == 0;
}

/* A packet with a whole IP header of the family, not in a VLAN: the tag may be beside the bytes. */
static __always_inline bool marks_read_v4(struct __sk_buff *skb, struct iphdr *ip)
{
    return skb->protocol == bpf_htons(ETH_P_IP) && !skb->vlan_present &&
           marks_read(skb, 0, ip, sizeof(*ip)) && ip->version == 4;
}

static __always_inline bool marks_read_v6(struct __sk_buff *skb, struct ipv6hdr *ip6)
{
    return skb->protocol == bpf_htons(ETH_P_IPV6) && !skb->vlan_present &&
           marks_read(skb, 0, ip6, sizeof(*ip6)) && ip6->version == 6;
}
