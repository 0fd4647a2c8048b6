# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Host pods: an endpoint's address is looked up again, and of those that share it the first is taken.
# file: resolve.h
# object: cgroup_connect4
# suite: 630
# caught by: AP-14 of two pods with one address the second's own waypoint
s/^    verdict = waypoints$/    { __u32 *uid = bpf_map_lookup_elem(\&km_frontend, \&backend->address); struct backend *first = uid ? bpf_map_lookup_elem(\&km_backend, uid) : NULL; if (first) backend = first; }\n&/
