# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Marks: the mark is added to what was there, instead of taking its place.
# file: tc_mark_encrypt.bpf.c
# object: tc_mark_encrypt
# suite: 575
# caught by: TC-5
s/skb->mark = MARK_ENCRYPT;/skb->mark |= MARK_ENCRYPT;/
