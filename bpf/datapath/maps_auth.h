/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Authorization: what is asked of user space, and what it answered. The tuples are the client's
 * view (saddr and sport are the client's), with addresses BE and ports in host order; what the
 * family does not use is zero.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

enum auth_answer {
    AUTH_ALLOW = 0,
    AUTH_DENY = 1,
};

/* Record of km_auth_req. */
struct auth_request {
    __u32 family; /* enum wire_family */
    struct bpf_sock_tuple tuple;
};

_Static_assert(sizeof(struct auth_request) == 40, "km_auth_req record");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} km_auth_req SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, struct bpf_sock_tuple);
    __type(value, __u32); /* enum auth_answer */
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_auth_res SEC(".maps");
