# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Families: four bytes of a block are compared with the first four of any address.
# file: policy.h
# object: xdp
# suite: 510
# caught by: XD-10 no IPv4 block matches an IPv6 packet
s/if \(block->size != end->size \|\| prefix > 8 \* end->size\)/if (prefix > 8 * block->size)/
