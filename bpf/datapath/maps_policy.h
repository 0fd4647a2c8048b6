/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Authorization policies as the control plane plants them (docs/contract-policy.md §8): structures
 * whose pointers are references into a few maps of fixed sizes. Byte order of the machine, but for
 * the bytes of addresses. A part is planted before what names it; any part may be missing.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stddef.h>

#include <bpf/bpf_helpers.h>

#define POLICY_SLOTS 4
#define POLICY_REFS  200 /* in an array of references */
#define POLICY_PORTS 400 /* in an array of ports */

/* Which map a reference leads to: the upper 8 bits of its low word. The other 24 are the key. */
enum policy_map {
    POLICY_MAP64 = 0,
    POLICY_MAP192 = 1,
    POLICY_MAP296 = 2,
    POLICY_MAP1600 = 3,
};

struct policy_ref {
    __u32 cell; /* enum policy_map << 24 | key */
    __u32 unused;
};

/* Elements of a list: so many, in that array. 0 elements: no array. */
struct policy_list {
    __u64 count;
    struct policy_ref array;
};

enum policy_action {
    POLICY_ALLOW = 0,
    POLICY_DENY = 1,
};

struct policy_workload {
    __u32 ids[POLICY_SLOTS]; /* 0: none */
};

struct policy_authorization {
    __u8 unused[24];
    struct policy_ref name;
    struct policy_ref namespace;
    __u32 scope;
    __u32 action;             /* enum policy_action */
    struct policy_list rules; /* any of them */
};

struct policy_rule {
    __u8 unused[24];
    struct policy_list clauses; /* all of them */
};

struct policy_clause {
    __u8 unused[24];
    struct policy_list matches; /* any of them */
};

/* All kinds; of each any of the first list (if it has elements) and none of the second. */
struct policy_match {
    __u8 unused[24];
    struct policy_list namespaces;
    struct policy_list not_namespaces;
    struct policy_list principals;
    struct policy_list not_principals;
    struct policy_list source_ips;
    struct policy_list not_source_ips;
    struct policy_list destination_ips;
    struct policy_list not_destination_ips;
    struct policy_list destination_ports;
    struct policy_list not_destination_ports;
};

struct policy_address {
    __u8 unused[24];
    __u64 size;              /* in bytes: 4 or 16 */
    struct policy_ref bytes; /* BE */
    __u32 prefix;            /* in bits */
};

struct policy_refs {
    struct policy_ref refs[POLICY_REFS];
};

struct policy_ports {
    __u32 ports[POLICY_PORTS]; /* host order */
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32); /* a backend's uid */
    __type(value, struct policy_workload);
    __uint(max_entries, 512);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_wlpolicy SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32); /* a policy's id */
    __type(value, struct policy_authorization);
    __uint(max_entries, 512);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_authz_policy SEC(".maps");

/* Rules, clauses, addresses and their bytes. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __uint(value_size, 64);
    __uint(max_entries, 1000000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_map64 SEC(".maps");

/* Matches; texts, which nobody reads here. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __uint(value_size, 192);
    __uint(max_entries, 1000000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_map192 SEC(".maps");

/* Arrays. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32);
    __uint(value_size, 1600);
    __uint(max_entries, 1000000);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} kmesh_map1600 SEC(".maps");

_Static_assert(sizeof(struct policy_workload) == 16, "km_wlpolicy value");
_Static_assert(sizeof(struct policy_authorization) == 64, "km_authz_policy value");
_Static_assert(offsetof(struct policy_authorization, action) == 44, "action");
_Static_assert(offsetof(struct policy_authorization, rules) == 48, "rules");
_Static_assert(sizeof(struct policy_rule) == 40, "rule");
_Static_assert(sizeof(struct policy_clause) == 40, "clause");
_Static_assert(sizeof(struct policy_match) == 184, "match");
_Static_assert(offsetof(struct policy_match, source_ips) == 88, "source blocks");
_Static_assert(offsetof(struct policy_match, not_destination_ports) == 168, "not-ports");
_Static_assert(sizeof(struct policy_address) == 48, "address");
_Static_assert(offsetof(struct policy_address, bytes) == 32, "an address' bytes");
_Static_assert(offsetof(struct policy_address, prefix) == 40, "prefix length");
_Static_assert(sizeof(struct policy_refs) == 1600, "array of references");
_Static_assert(sizeof(struct policy_ports) == 1600, "array of ports");
