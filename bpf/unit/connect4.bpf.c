// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup_connect4_prog: the decision table (unit/include/connect_table.h) for AF_INET sockets.
 * Programs of its type cannot be run by themselves; a tc program calls it with a context of its
 * own.
 */
#include "unit/include/unit.h"
#include "unit/include/mock.h"

TESTED int cgroup_connect4_prog(struct bpf_sock_addr *ctx);
#include "datapath/cgroup_connect4.bpf.c"

#include "unit/include/connect_table.h"

static __always_inline struct ip table_address(__u32 host)
{
    return (struct ip){.word[0] = bpf_htonl(0x0a000000 + host)};
}

static __always_inline struct ip table_other_address(__u32 host)
{
    return (struct ip){.word = {bpf_htonl(0xfd000000), 0, 0, bpf_htonl(host)}};
}

static __always_inline struct ip table_asked(__u32 host)
{
    return table_address(host);
}

static __always_inline struct ip table_remembered(void)
{
    return (struct ip){.word[0] = mock_socket.storage.destination.ipv4.daddr};
}

static __always_inline __be16 table_remembered_port(void)
{
    return mock_socket.storage.destination.ipv4.dport;
}

__noinline int table_connect(__u32 host, __u32 port, __u32 protocol)
{
    struct bpf_sock_addr ctx = {
        .user_family = AF_INET,
        .user_ip4 = table_address(host).word[0],
        .user_port = port,
        .family = AF_INET,
        .protocol = protocol,
        .sk = &mock_socket.sock,
    };

    got.answer = cgroup_connect4_prog(&ctx);
    got.ip = (struct ip){.word[0] = ctx.user_ip4};
    got.port = ctx.user_port;
    return 0;
}

JUMP("tc", "IPv4")
int connect4_fill(struct __sk_buff *skb)
{
    table_fill();
    return 0;
}

CHECK("tc", "IPv4")
int connect4_check(struct __sk_buff *skb)
{
    test_init();
    table_test_who();
    table_test_services();
    table_test_others();
    table_test_refusals();
    table_test_dns();
    test_finish();
}
