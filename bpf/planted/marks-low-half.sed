# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Marks: the lower half of a mark says whether the packet was decrypted, so that 0x100d0 stays.
# file: tc_mark_decrypt.bpf.c
# object: tc_mark_decrypt
# suite: 575
# caught by: TC-10 0x100d0
s/skb->mark == MARK_DECRYPTED/(skb->mark \& 0xffff) == MARK_DECRYPTED/
