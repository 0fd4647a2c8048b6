// SPDX-License-Identifier: Apache-2.0
#include "objects/table.h"

#include "common/cleanup.h"

#define SOCK_ADDR BPF_PROG_TYPE_CGROUP_SOCK_ADDR
#define SKB       BPF_PROG_TYPE_CGROUP_SKB
#define XDP       BPF_PROG_TYPE_XDP
#define TC        BPF_PROG_TYPE_SCHED_CLS

static const struct program_row program_table[] = {
    {"cgroup_connect4_prog", "cgroup/connect4", SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, PROGRAM_CGROUP,
     "km_cgr_tailcall", 0, NULL},
    {"cgroup_connect6_prog", "cgroup/connect6", SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, PROGRAM_CGROUP,
     "km_cgr_tail6", 1, "km_cgr_tailcall"},
    {"sockops_prog", "sockops", BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, PROGRAM_CGROUP, NULL,
     0, NULL},
    {"sendmsg_prog", "sk_msg", BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, PROGRAM_SOCKHASH, NULL, 0,
     NULL},
    {"bpf_redirect_dns_send", "cgroup/sendmsg4", SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, PROGRAM_CGROUP,
     NULL, 0, NULL},
    {"bpf_restore_dns_recv", "cgroup/recvmsg4", SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, PROGRAM_CGROUP,
     NULL, 0, NULL},
    {"bpf_redirect_dns_send6", "cgroup/sendmsg6", SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG,
     PROGRAM_CGROUP_OWN, NULL, 0, NULL},
    {"bpf_restore_dns_recv6", "cgroup/recvmsg6", SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG,
     PROGRAM_CGROUP_OWN, NULL, 0, NULL},
    {"cgroup_skb_ingress_prog", "cgroup_skb/ingress", SKB, BPF_CGROUP_INET_INGRESS, PROGRAM_CGROUP,
     NULL, 0, NULL},
    {"cgroup_skb_egress_prog", "cgroup_skb/egress", SKB, BPF_CGROUP_INET_EGRESS, PROGRAM_CGROUP,
     NULL, 0, NULL},
    {"xdp_authz", "xdp_auth", XDP, BPF_XDP, PROGRAM_XDP, NULL, 0, NULL},
    {"tc_mark_encrypt", "tc_ingress", TC, 0, PROGRAM_TC, NULL, 0, NULL},
    {"tc_mark_decrypt", "tc_ingress", TC, 0, PROGRAM_TC, NULL, 0, NULL},
    {"policies_check", "xdp_auth", XDP, BPF_XDP, PROGRAM_TAIL, "km_xdp_tailcall", 0, NULL},
    {"policy_check", "xdp_auth", XDP, BPF_XDP, PROGRAM_TAIL, "km_xdp_tailcall", 1, NULL},
    {"xdp_shutdown_in_userspace", "xdp_auth", XDP, BPF_XDP, PROGRAM_TAIL, "km_xdp_tailcall", 2,
     NULL},
};

_Static_assert(ARRAY_SIZE(program_table) <= PROGRAM_ROWS_MAX, "PROGRAM_ROWS_MAX");

const struct program_row *program_rows(size_t *n)
{
    *n = ARRAY_SIZE(program_table);
    return program_table;
}
