/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space is asked about a connection: the client's view, as in km_auth_res.
 */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

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
