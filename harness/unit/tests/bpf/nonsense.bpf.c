// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is written to the result map is no result. */
#include "unit/include/unit.h"

static __always_inline int nonsense(__u8 first, __u8 second, __u8 third)
{
    __u32 zero = 0;
    __u8 *map = bpf_map_lookup_elem(&suite_result_map, &zero);

    if (!map)
        return TEST_ERROR;
    map[0] = first;
    map[1] = second;
    map[2] = third;
    return TEST_PASS;
}

CHECK("tc", "a field") int field(struct __sk_buff *ctx)
{
    return nonsense(0x1a, 0, 0);
}

CHECK("tc", "behind the end") int behind(struct __sk_buff *ctx)
{
    return nonsense(0, 0, 1);
}

CHECK("tc", "cut off") int cut(struct __sk_buff *ctx)
{
    return nonsense(0x0a, 0xff, 0x7f);
}

CHECK("tc", "status") int status(struct __sk_buff *ctx)
{
    return nonsense(0x0a, 2, 0x10) == TEST_PASS ? nonsense(0x0a, 1, 0x10) : TEST_ERROR;
}

char _license[] SEC("license") = "Dual BSD/GPL";
