# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# DNS over TCP is left where it was asked.
# file: resolve.h
# object: cgroup_connect4
s/to->port == DNS_PORT \? dns_proxy_backend\(\) : NULL/NULL/
