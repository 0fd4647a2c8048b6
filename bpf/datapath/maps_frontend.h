/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

/* Whom an address stands for. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, struct ip);
    __type(value, __u32); /* a service's id, or a backend's uid */
    __uint(max_entries, 105000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_frontend SEC(".maps");
