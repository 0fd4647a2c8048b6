# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Marks: a VLAN tag beside the packet's bytes is not looked for, so that what is in a VLAN is marked.
# file: marks.h
# object: tc_mark_encrypt
# suite: 577
# caught by: TC-7 tc_mark_encrypt
s/ \&\& !skb->vlan_present//
