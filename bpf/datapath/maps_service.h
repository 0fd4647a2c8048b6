/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The cluster as the control plane writes it: address → service or pod → endpoints. */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, struct ip);
    __type(value, __u32); /* a service's id, or a backend's uid */
    __uint(max_entries, 105000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_frontend SEC(".maps");

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

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __type(value, struct backend);
    __uint(max_entries, 100000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_backend SEC(".maps");
