# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Host pods: who accepts is managed by its address, not by its namespace, which has several.
# file: sockops.bpf.c
# object: sockops
# suite: 630
# caught by: AP-14 a managed host pod is asked about at each address of its node
s/!manage_is_managed\(bpf_get_netns_cookie\(ops\)\)/({ union manage_key own = {}; ends_of(sk, \&ends); own.address = ends.local; !manage_has(\&own); })/
