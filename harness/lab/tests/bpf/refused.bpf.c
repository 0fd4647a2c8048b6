// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A sendmsg_prog that the verifier refuses: the value may be missing. */
#define WITH_WORKLOADS
#include "maps.h"

SEC("sk_msg")
int sendmsg_prog(struct sk_msg_md *msg)
{
    __u32 key = msg->size;
    char *service = bpf_map_lookup_elem(&km_service, &key);

    return service[4];
}

char _license[] SEC("license") = "Dual BSD/GPL";
