// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup/connect4, for the tests of the loader: enough of a datapath to see that it runs, that its
 * maps are those of the other objects and that its tail-call slot is filled.
 *
 * To port 929: puts the netns cookie in km_manage. To an address in km_frontend: the port becomes
 * the upstream id, by way of a tail call to itself, and a line goes to km_log_event.
 */
#define WITH_WORKLOADS
#include "maps.h"

#include <bpf/bpf_endian.h>

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, 4);
    __uint(value_size, 4);
    __uint(max_entries, 8);
} km_cgr_tailcall SEC(".maps");

/* One of .data, one of .bss. */
__u32 bpf_log_level = 2;
__u32 test_calls = 0;

struct log_event {
    __u32 length;
    char text[256];
};

/* No reference to a socket's state survives the tail call: the port that is asked for tells the
 * second pass from the first. */
#define TAIL_CALL_PORT bpf_htons(1)

static __always_inline void log_redirect(void)
{
    struct log_event *event = bpf_ringbuf_reserve(&km_log_event, sizeof(*event), 0);

    if (!event)
        return;
    __builtin_memset(event, 0, sizeof(*event));
    __builtin_memcpy(event->text, "redirected\n", 12);
    event->length = 11;
    bpf_ringbuf_submit(event, 0);
}

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    __u32 key[4] = {ctx->user_ip4};
    __u64 cookie[2] = {0};
    __u32 zero = 0;
    __u32 *upstream;

    test_calls++;
    if (ctx->user_port == bpf_htons(929)) {
        cookie[0] = bpf_get_netns_cookie(ctx);
        bpf_map_update_elem(&km_manage, cookie, &zero, BPF_ANY);
        return 1;
    }
    upstream = bpf_map_lookup_elem(&km_frontend, key);
    if (!upstream)
        return 1;
    if (ctx->user_port != TAIL_CALL_PORT) {
        ctx->user_port = TAIL_CALL_PORT;
        bpf_tail_call(ctx, &km_cgr_tailcall, 0);
        return 1;
    }
    ctx->user_port = bpf_htons((__u16)*upstream);
    log_redirect();
    return 1;
}

char _license[] SEC("license") = "Dual BSD/GPL";
