// SPDX-License-Identifier: Apache-2.0
#include "unit/once.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <string.h>

#include "common/cleanup.h"

bool once_is_skb(enum bpf_prog_type type)
{
    return type == BPF_PROG_TYPE_SCHED_CLS || type == BPF_PROG_TYPE_SCHED_ACT ||
           type == BPF_PROG_TYPE_CGROUP_SKB;
}

bool once_takes_packets(enum bpf_prog_type type)
{
    return type != BPF_PROG_TYPE_SYSCALL && type != BPF_PROG_TYPE_RAW_TRACEPOINT;
}

/* Programs that begin at the network header give an empty Ethernet header back. */
static void once_keep_ethernet(enum bpf_prog_type type, const uint8_t *before, uint8_t *after)
{
    if (type == BPF_PROG_TYPE_CGROUP_SKB)
        memcpy(after, before, ETH_HLEN);
}

static void once_xdp_context(const struct once *once, struct xdp_md *context)
{
    *context = (struct xdp_md){.data_end = once->size, .ingress_ifindex = once->xdp_interface};
}

int once_run(int program_fd, enum bpf_prog_type type, struct once *once, uint32_t *answer)
{
    LIBBPF_OPTS(bpf_test_run_opts, options);
    uint8_t packet[sizeof(once->data)], context[ONCE_CONTEXT] = {};
    struct xdp_md xdp;

    options.repeat = type == BPF_PROG_TYPE_SYSCALL ? 0 : 1;
    if (once_takes_packets(type)) {
        options.data_in = once->data;
        options.data_size_in = once->size;
        options.data_out = packet;
        options.data_size_out = sizeof(packet);
    }
    if (once_is_skb(type) || !once_takes_packets(type)) {
        options.ctx_in = once->context;
        options.ctx_size_in = ONCE_CONTEXT;
        options.ctx_out = once_is_skb(type) ? context : NULL;
        options.ctx_size_out = once_is_skb(type) ? ONCE_CONTEXT : 0;
    }
    if (type == BPF_PROG_TYPE_XDP && once->xdp_interface) {
        once_xdp_context(once, &xdp);
        options.ctx_in = &xdp;
        options.ctx_size_in = sizeof(xdp);
    }
    if (bpf_prog_test_run_opts(program_fd, &options) < 0)
        return -errno;
    if (once_takes_packets(type) && options.data_size_out <= sizeof(packet)) {
        once_keep_ethernet(type, once->data, packet);
        memcpy(once->data, packet, options.data_size_out);
        once->size = options.data_size_out;
    }
    if (once_is_skb(type))
        memcpy(once->context, context, ONCE_CONTEXT);
    *answer = options.retval;
    return 0;
}
