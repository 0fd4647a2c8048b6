# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Unread datagrams: only the proxy's replies count.
# file: dns_packet.h
# object: cgroup_skb
# suite: 315
# caught by: DN-8 another's datagram that stays unread
s/^    dns->replies\[dns->n_arrived\+\+/    if (is_reply)\n    &/
