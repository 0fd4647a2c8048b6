// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: cgroup/connect4, in connect() of an AF_INET socket, before the route is looked up.
 * Reads: km_manage, km_frontend, km_service, km_endpoint, km_backend.
 * Writes: the destination (user_ip4, user_port), km_sockstorage, km_dns, km_log_event.
 * Behaviours: MG-4, MG-5, CN-1 … CN-18, LB-1 … LB-6, TL-8 (sendto with MSG_FASTOPEN),
 *   DN-1 … DN-4.
 */
#include "datapath/connect.h"

static __always_inline int connect4_redirect(struct bpf_sock_addr *ctx)
{
    struct destination to = {
        .ip.word[0] = ctx->user_ip4, .port = (__be16)ctx->user_port, .v4 = true};
    struct bpf_sock_tuple asked = {.ipv4.daddr = ctx->user_ip4,
                                   .ipv4.dport = (__be16)ctx->user_port};
    enum verdict verdict;
    int error = 0;

    connect_remember(ctx, &asked);
    verdict = resolve(&to);
    if (verdict == VERDICT_UNTOUCHED)
        return CONNECT_PROCEED;
    if (verdict == VERDICT_WAYPOINT)
        error = connect_via_waypoint(ctx);
    if (verdict == VERDICT_REFUSED) {
        log_error("connect to %pI4: its waypoint has no IPv4 address", &asked.ipv4.daddr);
        error = -EHOSTUNREACH;
    }
    if (error)
        return connect_reject(error);
    ctx->user_ip4 = to.ip.word[0];
    ctx->user_port = to.port;
    return CONNECT_PROCEED;
}

static __always_inline int connect4_udp(struct bpf_sock_addr *ctx)
{
    __be32 proxy = 0;
    int error;

    dns_forget(ctx);
    error = dns_connect(ctx, ctx->user_ip4, &proxy);
    if (error)
        return connect_reject(error);
    if (proxy)
        ctx->user_ip4 = proxy;
    return CONNECT_PROCEED;
}

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    struct ip to = {.word[0] = ctx->user_ip4};

    if (ctx->protocol == IPPROTO_UDP)
        return connect4_udp(ctx);
    if (ctx->protocol != IPPROTO_TCP)
        return CONNECT_PROCEED;
    connect_forget(ctx);
    if (command_of(&to, bpf_ntohs((__be16)ctx->user_port)) || !connect_is_managed(ctx))
        return CONNECT_PROCEED;
    return connect4_redirect(ctx);
}

char _license[] SEC("license") = "Dual BSD/GPL";
