# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Edges: a waypoint's port whose low byte is zero is none.
# file: resolve.h
# object: cgroup_connect4
# suite: 670
# caught by: CN-2 a waypoint at a port with a zero byte
# says: by-256:80
s/if \(!port \|\| \(!ip->word/if (!(port \& 0xff00) || (!ip->word/
