// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A check, and no result map. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("tc/test/no map/check")
int no_map(struct __sk_buff *ctx)
{
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
