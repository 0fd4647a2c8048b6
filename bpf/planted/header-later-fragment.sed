# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Headers: the bytes of a later fragment are taken for a TCP header.
# file: packet.h
# object: xdp
# suite: 560
# caught by: XD-36 later fragments
s/IP_OFFSET  0x1fff/IP_OFFSET  0x0000/; s/IP6_OFFSET 0xfff8/IP6_OFFSET 0x0000/
