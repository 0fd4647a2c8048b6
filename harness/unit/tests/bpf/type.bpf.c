// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A type that there is not. */
#include "unit/include/unit.h"

CHECK("teapot", "type")
int type(struct __sk_buff *ctx)
{
    return TEST_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
