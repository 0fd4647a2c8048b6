// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A check that the verifier refuses. */
#include "unit/include/unit.h"

CHECK("tc", "refused")
int refused(struct __sk_buff *ctx)
{
    return *(char *)(long)ctx->len;
}

char _license[] SEC("license") = "Dual BSD/GPL";
