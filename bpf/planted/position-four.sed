# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Positions in lists: the first four elements are looked at.
# file: policy.h
# object: xdp
# suite: 520
# caught by: XD-13
s/list->count > room \? room : \(__u32\)list->count;/list->count > 4 ? 4 : (__u32)list->count;/
