# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Addresses: what is of 240.0.0.0/4 is nobody's.
# file: connect.h
# object: cgroup_connect4
# suite: 620
# caught by: of 240.0.0.0/4
s/^    if \(command_of\((.*)\)\)$/    if (command_of(\1) || (to->word[0] \& bpf_htonl(0xf0000000)) == bpf_htonl(0xf0000000))/
