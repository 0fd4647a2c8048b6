// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A setup and a jump for one test. */
#include "unit/include/unit.h"

SETUP("tc", "both")
int both_setup(struct __sk_buff *ctx)
{
    return 0;
}

JUMP("tc", "both")
int both_jump(struct __sk_buff *ctx)
{
    return 0;
}

CHECK("tc", "both")
int both_check(struct __sk_buff *ctx)
{
    return TEST_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
