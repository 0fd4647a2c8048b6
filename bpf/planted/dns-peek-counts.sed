# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Peeks: one counts as a read.
# file: dns_packet.h
# object: cgroup_dns
# suite: 315
# caught by: DN-8 two servers: a peek and the read after it
s/now->peeked \? now->unread : now->unread \+ 1/now->unread + 1/
