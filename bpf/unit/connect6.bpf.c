// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup_connect6_prog: the decision table (unit/include/connect_table.h) for AF_INET6 sockets,
 * with IPv6 and with IPv4-mapped destinations: CN-10. Programs of its type cannot be run by
 * themselves; a tc program calls it with a context of its own.
 */
#include "unit/include/unit.h"
#include "unit/include/mock.h"

TESTED int cgroup_connect6_prog(struct bpf_sock_addr *ctx);
#include "datapath/cgroup_connect6.bpf.c"

#include "unit/include/connect_table.h"

bool table_is_mapped;

static __always_inline struct ip table_v4(__u32 host)
{
    return (struct ip){.word[0] = bpf_htonl(0x0a000000 + host)};
}

static __always_inline struct ip table_v6(__u32 host)
{
    return (struct ip){.word = {bpf_htonl(0xfd000000), 0, 0, bpf_htonl(host)}};
}

/* As the maps hold it. */
static __always_inline struct ip table_address(__u32 host)
{
    return table_is_mapped ? table_v4(host) : table_v6(host);
}

static __always_inline struct ip table_other_address(__u32 host)
{
    return table_is_mapped ? table_v6(host) : table_v4(host);
}

static __always_inline struct ip table_asked(__u32 host)
{
    struct ip mapped = {.word = {0, 0, bpf_htonl(0xffff), table_v4(host).word[0]}};

    return table_is_mapped ? mapped : table_v6(host);
}

static __always_inline struct ip table_remembered(void)
{
    struct ip ip;

    __builtin_memcpy(&ip, mock_socket.storage.destination.ipv6.daddr, sizeof(ip));
    return ip;
}

static __always_inline __be16 table_remembered_port(void)
{
    return mock_socket.storage.destination.ipv6.dport;
}

__noinline int table_connect(__u32 host, __u32 port, __u32 protocol)
{
    struct ip asked = table_asked(host);
    struct bpf_sock_addr ctx = {
        .user_family = AF_INET6,
        .user_port = port,
        .family = AF_INET6,
        .protocol = protocol,
        .sk = &mock_socket.sock,
    };

    __builtin_memcpy(ctx.user_ip6, &asked, sizeof(asked));
    got.answer = cgroup_connect6_prog(&ctx);
    __builtin_memcpy(&got.ip, ctx.user_ip6, sizeof(got.ip));
    got.port = ctx.user_port;
    return 0;
}

static __always_inline int connect6_fill(bool mapped)
{
    table_is_mapped = mapped;
    table_fill();
    return 0;
}

JUMP("tc", "IPv6")
int connect6_fill_v6(struct __sk_buff *skb)
{
    return connect6_fill(false);
}

JUMP("tc", "IPv4-mapped")
int connect6_fill_mapped(struct __sk_buff *skb)
{
    return connect6_fill(true);
}

CHECK("tc", "IPv6")
int connect6_check_v6(struct __sk_buff *skb)
{
    test_init();
    table_test_who();
    table_test_services();
    table_test_others();
    table_test_refusals();
    test_finish();
}

CHECK("tc", "IPv4-mapped")
int connect6_check_mapped(struct __sk_buff *skb)
{
    test_init();
    table_test_who();
    table_test_services();
    table_test_others();
    table_test_refusals();
    table_test_dns();
    test_finish();
}
