/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps of the contract (docs/contract.md §2) for the test programs, in bare sizes, as most objects
 * in use declare them. An object gets the maps that it includes this file for: WITH_SOCKETS,
 * WITH_WORKLOADS.
 */
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 16);
    __uint(value_size, 4);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_manage SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} km_log_event SEC(".maps");

#ifdef WITH_WORKLOADS
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 16);
    __uint(value_size, 4);
    __uint(max_entries, 105000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_frontend SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 4);
    __uint(value_size, 132);
    __uint(max_entries, 5000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_service SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 12);
    __uint(value_size, 4);
    __uint(max_entries, 105000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_endpoint SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 4);
    __uint(value_size, 80);
    __uint(max_entries, 100000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_backend SEC(".maps");
#endif

#ifdef WITH_SOCKETS
struct {
    __uint(type, BPF_MAP_TYPE_SOCKHASH);
    __uint(key_size, 36);
    __uint(value_size, 4);
    __uint(max_entries, 8192);
} km_socket SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_SOCKHASH);
    __uint(key_size, 8);
    __uint(value_size, 4);
    __uint(max_entries, 64);
} km_socket_x SEC(".maps");
#endif
