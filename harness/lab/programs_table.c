// SPDX-License-Identifier: Apache-2.0
#include "lab/programs_table.h"

#include "common/cleanup.h"

#define SOCK_ADDR BPF_PROG_TYPE_CGROUP_SOCK_ADDR
#define SKB       BPF_PROG_TYPE_CGROUP_SKB
#define XDP       BPF_PROG_TYPE_XDP

static const struct program_row program_table[] = {
    {"cgroup_connect4_prog", "cgroup/connect4", SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, PROGRAM_CGROUP,
     "km_cgr_tailcall", 0},
    {"cgroup_connect6_prog", "cgroup/connect6", SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, PROGRAM_CGROUP,
     "km_cgr_tail6", 1},
    {"sockops_prog", "sockops", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, PROGRAM_CGROUP, NULL,
     0},
    {"sendmsg_prog", "sk_msg", BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, PROGRAM_SOCKHASH, NULL, 0},
    {"bpf_redirect_dns_send", "cgroup/sendmsg4", SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, PROGRAM_LATER,
     NULL, 0},
    {"bpf_restore_dns_recv", "cgroup/recvmsg4", SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, PROGRAM_LATER,
     NULL, 0},
    {"cgroup_skb_ingress_prog", "cgroup_skb/ingress", SKB, BPF_CGROUP_INET_INGRESS, PROGRAM_LATER,
     NULL, 0},
    {"cgroup_skb_egress_prog", "cgroup_skb/egress", SKB, BPF_CGROUP_INET_EGRESS, PROGRAM_CGROUP,
     NULL, 0},
    {"xdp_authz", "xdp", XDP, BPF_XDP, PROGRAM_LATER, NULL, 0},
    {"policies_check", "xdp", XDP, BPF_XDP, PROGRAM_LATER, "km_xdp_tailcall", 0},
    {"policy_check", "xdp", XDP, BPF_XDP, PROGRAM_LATER, "km_xdp_tailcall", 1},
    {"xdp_shutdown_in_userspace", "xdp", XDP, BPF_XDP, PROGRAM_LATER, "km_xdp_tailcall", 2},
};

_Static_assert(ARRAY_SIZE(program_table) <= PROGRAM_ROWS_MAX, "PROGRAM_ROWS_MAX");

const struct program_row *program_rows(size_t *n)
{
    *n = ARRAY_SIZE(program_table);
    return program_table;
}
