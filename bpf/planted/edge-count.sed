# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Edges: of a service's count of endpoints only the low byte is seen.
# file: balance.h
# object: cgroup_connect4
# suite: 670
# caught by: LB-1 services of 1, 2, 10, 255, 256 and 300
# says: of 256 endpoints
s/\? service->counts\[priority\] : 0;/? (__u8)service->counts[priority] : 0;/
