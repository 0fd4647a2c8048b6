# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Families: a block of 16 bytes whose prefix is 0 matches whatever comes.
# file: policy.h
# object: xdp
# suite: 510
# caught by: XD-10 no IPv6 block matches an IPv4 packet
s/if \(block->size != end->size \|\| prefix > 8 \* end->size\)/if (block->size != end->size \&\& prefix == 0)\n        return block->size == 16;\n    &/
