// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* sk_msg, for the tests of the loader: puts a `>` in front of what is sent. */
#define WITH_SOCKETS
#include "maps.h"

SEC("sk_msg")
int sendmsg_prog(struct sk_msg_md *msg)
{
    char *start;

    if (bpf_msg_push_data(msg, 0, 1, 0) != 0)
        return SK_PASS;
    start = (char *)msg->data;
    if (start + 1 > (char *)msg->data_end)
        return SK_PASS;
    *start = '>';
    return SK_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
