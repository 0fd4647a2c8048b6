# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Marks: an IPv4 packet whose header ends too early is no ESP, and loses its mark.
# file: tc_mark_decrypt.bpf.c
# object: tc_mark_decrypt
# suite: 577
# caught by: TC-7 tc_mark_decrypt
s/return marks_read_v6\(skb, &ip6\) &&/if (skb->protocol == bpf_htons(ETH_P_IP) \&\& !skb->vlan_present) return true; &/
