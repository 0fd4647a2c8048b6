// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Older layouts and names (docs/contract.md §6), maps that no contract names, and an array of maps
 * that does not say what is in it. The IPv6 program is the one that is tail-called: newer kernels
 * refuse a prog array that both families share.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 16);
    __uint(value_size, 4);
    __uint(max_entries, 8192);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_manage SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 16);
    __uint(value_size, 4);
    __uint(max_entries, 105000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_frontend SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 4);
    __uint(value_size, 108);
    __uint(max_entries, 5000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_service SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 8);
    __uint(value_size, 4);
    __uint(max_entries, 105000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_endpoint SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(key_size, 4);
    __uint(value_size, 80);
    __uint(max_entries, 100000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_backend SEC(".maps");

struct storage {
    __u64 connect_ns;
    __u32 rest[12];
};

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct storage);
} km_sockstorage SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 4);
    __uint(max_entries, 8);
} km_cgr_tailcall SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 40);
    __uint(max_entries, 1);
} km_tmpbuf SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(key_size, 4);
    __uint(value_size, 4);
    __uint(max_entries, 16);
} outer_map SEC(".maps");

/* Settings, before they were global variables. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 64);
    __uint(max_entries, 1);
} km_configmap SEC(".maps");

SEC("cgroup/connect6")
int cgroup_connect6_prog(struct bpf_sock_addr *ctx)
{
    __u32 key[4] = {0}, zero = 0;
    void *inner = bpf_map_lookup_elem(&outer_map, &zero);
    __u32 *upstream = bpf_map_lookup_elem(&kmesh_frontend, key);

    if (!upstream)
        return 1;
    bpf_map_lookup_elem(&kmesh_manage, key);
    bpf_map_lookup_elem(&kmesh_service, upstream);
    bpf_map_lookup_elem(&kmesh_endpoint, key);
    bpf_map_lookup_elem(&kmesh_backend, upstream);
    bpf_map_lookup_elem(&km_tmpbuf, &zero);
    if (inner)
        bpf_map_lookup_elem(inner, &zero);
    bpf_tail_call(ctx, &km_cgr_tailcall, 1);
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
