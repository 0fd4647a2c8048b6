# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Addresses: a policy that it does not know is the first that it does.
# file: balance.h
# object: cgroup_connect4
# suite: 620
# caught by: LB-2 passthrough
s/ \|\| service->policy > LB_FAILOVER//
