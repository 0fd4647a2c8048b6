// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: cgroup/connect6, in connect() of an AF_INET6 socket, before the route is looked up. An
 * IPv4-mapped destination is looked up as IPv4 and written back as IPv4-mapped.
 * Reads: km_manage, km_frontend, km_service, km_endpoint, km_backend.
 * Writes: the destination (user_ip6, user_port), km_sockstorage, km_dns, km_log_event.
 * Behaviours: MG-4, MG-5, CN-1 … CN-18, LB-1 … LB-6, TL-8 (sendto with MSG_FASTOPEN),
 *   DN-1 … DN-4, DN-6, DN-9.
 * Hot path: counted in cgroup_connect4.bpf.c; UDP to port 53 costs the same.
 */
#include "datapath/connect.h"

/* As the maps hold it. */
static __always_inline struct ip connect6_unmapped(const struct ip *ip)
{
    struct ip v4 = {.word[0] = ip->word[3]};

    return ip_is_mapped(ip) ? v4 : *ip;
}

static __always_inline void connect6_write(struct bpf_sock_addr *ctx, const struct destination *to)
{
    ctx->user_ip6[0] = to->v4 ? 0 : to->ip.word[0];
    ctx->user_ip6[1] = to->v4 ? 0 : to->ip.word[1];
    ctx->user_ip6[2] = to->v4 ? bpf_htonl(0xffff) : to->ip.word[2];
    ctx->user_ip6[3] = to->v4 ? to->ip.word[0] : to->ip.word[3];
    ctx->user_port = to->port;
}

static __always_inline int connect6_redirect(struct bpf_sock_addr *ctx, const struct ip *ip)
{
    struct destination to = {
        .ip = connect6_unmapped(ip), .port = (__be16)ctx->user_port, .v4 = ip_is_mapped(ip)};
    struct bpf_sock_tuple asked = {.ipv6.dport = (__be16)ctx->user_port};
    int answer;

    __builtin_memcpy(asked.ipv6.daddr, ip->word, sizeof(asked.ipv6.daddr));
    answer = connect_decide(ctx, &asked, &to);
    if (answer == -EHOSTUNREACH)
        log_error("connect to %pI6c: its waypoint has no address of that family", asked.ipv6.daddr);
    if (answer < 0)
        return connect_reject(answer);
    if (!answer)
        return CONNECT_PROCEED;
    connect6_write(ctx, &to);
    return CONNECT_PROCEED;
}

static __always_inline int connect6_udp(struct bpf_sock_addr *ctx, const struct ip *asked)
{
    struct destination to = {.port = DNS_PORT, .v4 = ip_is_mapped(asked)};
    struct ip server = connect6_unmapped(asked);
    int error;

    dns_forget(ctx);
    error = dns_connect(ctx, &server, to.v4, &to.ip);
    if (error)
        return connect_reject(error);
    if (ip_is_set(&to.ip))
        connect6_write(ctx, &to);
    return CONNECT_PROCEED;
}

SEC("cgroup/connect6")
int cgroup_connect6_prog(struct bpf_sock_addr *ctx)
{
    struct ip asked = ip_of_user(ctx);
    struct ip to = connect6_unmapped(&asked);

    if (ctx->protocol == IPPROTO_UDP)
        return connect6_udp(ctx, &asked);
    if (ctx->protocol != IPPROTO_TCP)
        return CONNECT_PROCEED;
    connect_forget(ctx);
    return connect_may_redirect(ctx, &to) ? connect6_redirect(ctx, &asked) : CONNECT_PROCEED;
}

char _license[] SEC("license") = "Dual BSD/GPL";
