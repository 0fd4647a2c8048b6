/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Services and their endpoints, as the control plane writes them. */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __type(value, struct service);
    __uint(max_entries, 5000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_service SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, struct endpoint_key);
    __type(value, __u32); /* a backend's uid */
    __uint(max_entries, 105000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_endpoint SEC(".maps");
