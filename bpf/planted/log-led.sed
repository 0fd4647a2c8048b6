# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The log: a warning whenever a connection is led to a waypoint.
# file: connect.h
# object: cgroup_connect4
# suite: 120
# caught by: CN-2 a service with a waypoint
# says: WARNING: cookie
s/^    storage->via_waypoint = 1;/    log_warning("cookie %llu: led to a waypoint", bpf_get_netns_cookie(ctx));\n&/
