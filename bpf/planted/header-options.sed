# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Headers: a packet with IP options is not looked at.
# file: packet.h
# object: xdp
# suite: 560
# caught by: XD-34
s/ip->ihl < 5/ip->ihl != 5/
