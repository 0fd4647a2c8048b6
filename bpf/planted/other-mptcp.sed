# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Changes: MPTCP is sent to the waypoint, where no TLV can be put in front of it.
# file: connect.h
# object: cgroup_connect4
# suite: 640
# caught by: AP-9
s/kernel_has_fastopen\(sk\) \|\| kernel_is_mptcp\(sk\)/kernel_has_fastopen(sk)/
