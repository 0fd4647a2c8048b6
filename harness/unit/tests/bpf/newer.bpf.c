// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What Cilium's newer objects have: statuses from 100 on, programs that are static functions, maps
 * that are pinned in a way of their own, tail calls whose slot a tag says. */
#include "unit/include/unit.h"

#define NEW 100

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, sizeof(__u32));
    __uint(max_entries, 8);
    __uint(pinning, 16);
} calls SEC(".maps");

__attribute__((btf_decl_tag("tail:calls/3")))
SEC("tc/tail") static int tagged(struct __sk_buff *ctx)
{
    return 7;
}

SETUP("tc", "a tail call") static int tail_setup(struct __sk_buff *ctx)
{
    bpf_tail_call(ctx, &calls, 3);
    return NEW + TEST_ERROR;
}

CHECK("tc", "a tail call") static int tail_check(struct __sk_buff *ctx)
{
    __u32 *answer = (void *)(long)ctx->data;

    test_init();
    if ((void *)(answer + 1) > (void *)(long)ctx->data_end)
        return NEW + TEST_ERROR;
    TEST("fails") unit_status(NEW + TEST_FAIL);
    TEST("is skipped") unit_status(NEW + TEST_SKIP);
    TEST("passes")
    {
        unit_status(NEW + TEST_PASS);
        expect_equal(*answer, 7);
    }
    return NEW + unit_state.verdict;
}

CHECK("tc", "b error") int error(struct __sk_buff *ctx)
{
    return NEW + TEST_ERROR;
}

CHECK("tc", "c fail") int fail(struct __sk_buff *ctx)
{
    return NEW + TEST_FAIL;
}

CHECK("tc", "d skip") int skip(struct __sk_buff *ctx)
{
    return NEW + TEST_SKIP;
}

CHECK("tc", "e no status") int no_status(struct __sk_buff *ctx)
{
    return NEW + TEST_SKIP + 1;
}

PKTGEN("tc", "f no packet") int packet_pktgen(struct __sk_buff *ctx)
{
    return NEW + TEST_ERROR;
}

CHECK("tc", "f no packet") int packet_check(struct __sk_buff *ctx)
{
    return NEW + TEST_PASS;
}

SETUP("tc", "g no setup") int setup_setup(struct __sk_buff *ctx)
{
    return NEW + TEST_FAIL;
}

CHECK("tc", "g no setup") int setup_check(struct __sk_buff *ctx)
{
    return NEW + TEST_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
