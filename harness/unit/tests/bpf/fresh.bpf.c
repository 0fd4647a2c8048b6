// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests with a jump have maps of their own, and the slots of the contract's tail calls are filled.
 */
#include "unit/include/unit.h"

__u32 runs;

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, sizeof(__u32));
    __uint(max_entries, 8);
    __uint(pinning, LIBBPF_PIN_BY_NAME);
} km_xdp_tailcall SEC(".maps");

SEC("xdp_auth")
int policies_check(struct xdp_md *ctx)
{
    return 40 + ++runs;
}

JUMP("xdp", "a") int a_jump(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &km_xdp_tailcall, 0);
    return 0;
}

CHECK("xdp", "a") int a_check(struct xdp_md *ctx)
{
    __u32 *answer = (void *)(long)ctx->data;

    test_init();
    if ((void *)(answer + 1) > (void *)(long)ctx->data_end)
        return TEST_ERROR;
    expect_equal(*answer, 41);
    test_finish();
}

JUMP("xdp", "b") int b_jump(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &km_xdp_tailcall, 0);
    return 0;
}

CHECK("xdp", "b") int b_check(struct xdp_md *ctx)
{
    __u32 *answer = (void *)(long)ctx->data;

    test_init();
    if ((void *)(answer + 1) > (void *)(long)ctx->data_end)
        return TEST_ERROR;
    expect_equal(*answer, 41);
    test_finish();
}

char _license[] SEC("license") = "Dual BSD/GPL";
