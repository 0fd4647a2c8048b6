// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs, and none of them a test's. */
#include "unit/include/unit.h"

SEC("tc")
int plain(struct __sk_buff *ctx)
{
    return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
