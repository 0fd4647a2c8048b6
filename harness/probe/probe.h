/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel must have for a lab, each found out by trying it, in a child process and in
 * namespaces of its own: nothing is left behind, and no version number is believed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PROBE_WHY_MAX 160

struct probe {
    const char *name;
    const char *needed_by; /* what cannot be done without it */
    const char *remedy;    /* how to get it */
    bool root;             /* cannot be tried without root */
    /* 0 when it is there. Else a negative errno; `why` may say more than its text. */
    int (*run)(char why[PROBE_WHY_MAX]);
};

/* The table; *n is its length. */
const struct probe *probe_all(size_t *n);
/* NULL when there is none of that name. */
const struct probe *probe_find(const char *name);
/* True when it is there; else `why` says in a few words what happened. Takes at most 10 s. */
bool probe_run(const struct probe *probe, char why[PROBE_WHY_MAX]);

/* In files of their own: tries with BPF, and with sockets. */
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

int probe_ipv6(char why[PROBE_WHY_MAX]);
int probe_socket_netns_cookie(char why[PROBE_WHY_MAX]);
int probe_fastopen(char why[PROBE_WHY_MAX]);
int probe_zerocopy(char why[PROBE_WHY_MAX]);
int probe_io_uring(char why[PROBE_WHY_MAX]);
int probe_io_uring_zc(char why[PROBE_WHY_MAX]);

/* Makes a cgroup2 of this process's own mount namespace visible at /sys/fs/cgroup, and a cgroup in
 * it; probe_cgroup_remove() removes that again. */
int probe_cgroup_make(char path[64], char why[PROBE_WHY_MAX]);
void probe_cgroup_remove(const char *path);
/* A fresh network namespace with its loopback up. */
int probe_netns_with_loopback(char why[PROBE_WHY_MAX]);
