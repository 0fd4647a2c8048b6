# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The wrong one of a pair of ports.
# file: resolve.h
# object: cgroup_connect4
s/return service->targets\[i\]\.port;/return service->targets[i ? i - 1 : 0].port;/
