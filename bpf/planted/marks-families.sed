# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Marks: a prefix holds for whichever family's bytes it covers.
# file: maps_nodeinfo.h
# object: tc_mark_encrypt
# suite: 575
# caught by: TC-4
s/\*value != other/true/
