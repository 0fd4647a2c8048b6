# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Server families: an AF_INET server's own end is written down as an AF_INET6 one's.
# file: sockops.bpf.c
# object: sockops
# suite: 625
# caught by: SO-4 an IPv4 server
s/^    if \(family_v4\) \{/    if (family_v4 \&\& !ends->v4) {/
