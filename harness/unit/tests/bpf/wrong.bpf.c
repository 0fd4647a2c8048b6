// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests that cannot be run, each in its way, and one that can. */
#include "unit/include/unit.h"

SETUP("tc", "a setup alone")
int alone_setup(struct __sk_buff *ctx)
{
    return 0;
}

PKTGEN("tc", "a pktgen alone")
int alone_pktgen(struct __sk_buff *ctx)
{
    return 0;
}

CHECK("tc", "twice")
int twice_a(struct __sk_buff *ctx)
{
    return TEST_PASS;
}

CHECK("xdp", "twice")
int twice_b(struct xdp_md *ctx)
{
    return TEST_PASS;
}

SEC("tc/test/a phase/chek")
int phase(struct __sk_buff *ctx)
{
    return TEST_PASS;
}

SEC("tc/test/check")
int nameless(struct __sk_buff *ctx)
{
    return TEST_PASS;
}

CHECK("tc", "good")
int good(struct __sk_buff *ctx)
{
    return TEST_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
