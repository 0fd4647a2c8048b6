/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tries behind the table of probe.c. Each runs in a child process of its own, and leaves
 * nothing behind when that ends: 0, or a negative errno to which `why` may add a few words.
 */
#pragma once

#define PROBE_WHY_MAX 160

/* sandbox.c: namespaces and file systems. */
int probe_root(char why[PROBE_WHY_MAX]);
int probe_netns(char why[PROBE_WHY_MAX]);
int probe_veth(char why[PROBE_WHY_MAX]);
int probe_bridge(char why[PROBE_WHY_MAX]);
int probe_mptcp(char why[PROBE_WHY_MAX]);
int probe_ktls(char why[PROBE_WHY_MAX]);
int probe_cgroup2(char why[PROBE_WHY_MAX]);
int probe_cgroup_kill(char why[PROBE_WHY_MAX]);
int probe_bpffs(char why[PROBE_WHY_MAX]);

/* esp.c */
int probe_esp(char why[PROBE_WHY_MAX]);

/* bpf.c */
int probe_prog_sock_addr(char why[PROBE_WHY_MAX]);
int probe_prog_sock_ops(char why[PROBE_WHY_MAX]);
int probe_prog_sk_msg(char why[PROBE_WHY_MAX]);
int probe_prog_cgroup_skb(char why[PROBE_WHY_MAX]);
int probe_cgroup_attach(char why[PROBE_WHY_MAX]);
int probe_sockhash_attach(char why[PROBE_WHY_MAX]);
int probe_helper_netns_cookie(char why[PROBE_WHY_MAX]);
int probe_helper_sk_storage(char why[PROBE_WHY_MAX]);
int probe_helper_push_data(char why[PROBE_WHY_MAX]);
int probe_helper_set_retval(char why[PROBE_WHY_MAX]);
int probe_helper_loop(char why[PROBE_WHY_MAX]);
int probe_map_sockhash(char why[PROBE_WHY_MAX]);
int probe_map_sk_storage(char why[PROBE_WHY_MAX]);
int probe_map_ringbuf(char why[PROBE_WHY_MAX]);
int probe_map_of_maps(char why[PROBE_WHY_MAX]);
int probe_btf(char why[PROBE_WHY_MAX]);

/* socket.c */
int probe_ipv6(char why[PROBE_WHY_MAX]);
int probe_socket_netns_cookie(char why[PROBE_WHY_MAX]);
int probe_fastopen(char why[PROBE_WHY_MAX]);
int probe_zerocopy(char why[PROBE_WHY_MAX]);
int probe_io_uring(char why[PROBE_WHY_MAX]);
int probe_io_uring_zc(char why[PROBE_WHY_MAX]);
