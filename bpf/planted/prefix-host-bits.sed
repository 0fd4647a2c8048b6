# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Prefixes: bits behind a block's prefix are compared, too.
# file: policy.h
# object: xdp
# suite: 510
# caught by: host bits in the block
s/bpf_ntohl\(bytes\[i\] \^ end->word\[i\]\) & (\(__u32\)\(0xffffffff00000000 >> bits\));/(bpf_ntohl(end->word[i]) \& \1) ^ bpf_ntohl(bytes[i]);/
