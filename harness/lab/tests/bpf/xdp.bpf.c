// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Sections that libbpf cannot guess the type of, and only two of the four programs. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 4);
    __uint(max_entries, 8);
} km_xdp_tailcall SEC(".maps");

SEC("xdp_auth")
int xdp_authz(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &km_xdp_tailcall, 0);
    return XDP_PASS;
}

SEC("xdp_auth")
int policies_check(struct xdp_md *ctx)
{
    return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
