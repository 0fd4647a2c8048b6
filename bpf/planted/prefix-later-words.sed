# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Prefixes: one that ends inside the second word or a later one counts to that word's beginning only.
# file: policy.h
# object: xdp
# suite: 510
# caught by: XD-8
s/bits = prefix > 32 \? 32 : prefix;/bits = prefix > 32 ? 32 : i \&\& prefix < 32 ? 0 : prefix;/
