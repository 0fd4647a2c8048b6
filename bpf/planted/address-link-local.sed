# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Addresses: what is of 169.254.0.0/16 stays on the node.
# file: connect.h
# object: cgroup_connect4
# suite: 620
# caught by: of 169.254.0.0/16
s/^    if \(command_of\((.*)\)\)$/    if (command_of(\1) || (to->word[0] \& bpf_htonl(0xffff0000)) == bpf_htonl(0xa9fe0000))/
