// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Packet, context and answer go from one program to the next. Maps are shared with a setup. */
#include "unit/include/unit.h"

__u32 setting = 5;
__u32 runs;

PKTGEN("xdp", "1 xdp") int xdp_pktgen(struct xdp_md *ctx)
{
    __u8 *data = (void *)(long)ctx->data;

    if (data + 14 > (__u8 *)(long)ctx->data_end)
        return TEST_ERROR;
    data[0] = 0xab;
    return bpf_xdp_adjust_tail(ctx, 60 - (int)(ctx->data_end - ctx->data)) ? TEST_ERROR : TEST_PASS;
}

SETUP("xdp", "1 xdp") int xdp_setup(struct xdp_md *ctx)
{
    runs++;
    return 4711;
}

CHECK("xdp", "1 xdp") int xdp_check(struct xdp_md *ctx)
{
    __u8 *data = (void *)(long)ctx->data;

    test_init();
    if (data + 64 > (__u8 *)(long)ctx->data_end)
        return TEST_ERROR;
    expect_equal(*(__u32 *)data, 4711);
    expect_equal(ctx->data_end - ctx->data, 64);
    expect_equal_hex(data[4], 0xab);
    test_finish();
}

SETUP("tc", "2 tc") int tc_setup(struct __sk_buff *ctx)
{
    ctx->mark = 0x123;
    ctx->cb[0] = 7;
    return 3;
}

CHECK("tc", "2 tc") int tc_check(struct __sk_buff *ctx)
{
    __u32 answer = 0;

    test_init();
    bpf_skb_load_bytes(ctx, 0, &answer, sizeof(answer));
    expect_equal(answer, 3);
    expect_equal_hex(ctx->mark, 0x123);
    expect_equal(ctx->cb[0], 7);
    expect_equal(runs, 1);
    test_finish();
}

CHECK("tc", "3 setting") int set(struct __sk_buff *ctx)
{
    test_init();
    expect_equal(setting, 6);
    test_finish();
}

SETUP("cgroup_skb/egress", "4 cgroup_skb") int cgroup_setup(struct __sk_buff *ctx)
{
    return ctx->protocol == bpf_htons(0x0800);
}

PKTGEN("tc", "4 cgroup_skb") int cgroup_pktgen(struct __sk_buff *ctx)
{
    const __u8 packet[34] = {[12] = 8, [14] = 0x45};

    bpf_skb_store_bytes(ctx, 0, packet, sizeof(packet), 0);
    return 0;
}

CHECK("tc", "4 cgroup_skb") int cgroup_check(struct __sk_buff *ctx)
{
    __u32 answer = 0;
    __u16 protocol = 0;

    test_init();
    bpf_skb_load_bytes(ctx, 0, &answer, sizeof(answer));
    bpf_skb_load_bytes(ctx, 4 + 12, &protocol, sizeof(protocol));
    expect_equal(answer, 1);
    expect_equal_hex(bpf_ntohs(protocol), 0x0800);
    test_finish();
}

CHECK("sk_msg", "5 sk_msg") int unsupported(struct sk_msg_md *ctx)
{
    return TEST_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
