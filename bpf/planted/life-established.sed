# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Changes: a policy is asked about every packet, and connections that were up lose theirs.
# file: xdp.bpf.c
# object: xdp
# suite: 550
# caught by: XD-47
s/if \(packet->tcp->syn && !packet->tcp->ack\)/if (1)/
