// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: cgroup/connect4, in connect() of an AF_INET socket, before the route is looked up.
 * Reads: km_manage, km_frontend, km_service, km_endpoint, km_backend.
 * Writes: the destination (user_ip4, user_port), km_sockstorage, km_dns, km_log_event.
 * Behaviours: MG-4, MG-5, CN-1 … CN-18, LB-1 … LB-6, TL-8 (sendto with MSG_FASTOPEN),
 *   DN-1 … DN-4.
 * Hot path, each TCP connect, look-ups (a socket's storage is one) and other helper calls:
 *   unmanaged pod: 1 look-up (km_manage), 2 others;
 *   managed pod, an address that nobody has: 3 look-ups (km_manage, km_sockstorage, km_frontend), 3
 *   others;
 *   a service whose first endpoint drawn will do: 9 look-ups (those, 3 km_service, km_endpoint, 2
 *   km_backend), 6 others. km_service is looked up in each function or callback that cannot be
 *   given a map's pointer (balance.h);
 *   a service with a waypoint: 6 look-ups (km_sockstorage and km_frontend twice), 4 others;
 *   1 look-up more where the waypoint's address is in km_frontend.
 * Port 53 adds a look-up of km_backend. A UDP connect: 1 helper call; to port 53 from a managed pod
 * 3 look-ups (km_manage, km_backend, km_dns) and 2 others.
 */
#include "datapath/connect.h"

static __always_inline int connect4_redirect(struct bpf_sock_addr *ctx)
{
    struct destination to = {
        .ip.word[0] = ctx->user_ip4, .port = (__be16)ctx->user_port, .v4 = true};
    struct bpf_sock_tuple asked = {.ipv4.daddr = ctx->user_ip4,
                                   .ipv4.dport = (__be16)ctx->user_port};
    int answer = connect_decide(ctx, &asked, &to);

    if (answer == -EHOSTUNREACH)
        log_error("connect to %pI4: its waypoint has no IPv4 address", &asked.ipv4.daddr);
    if (answer < 0)
        return connect_reject(answer);
    if (!answer)
        return CONNECT_PROCEED;
    ctx->user_ip4 = to.ip.word[0];
    ctx->user_port = to.port;
    return CONNECT_PROCEED;
}

static __always_inline int connect4_udp(struct bpf_sock_addr *ctx, const struct ip *asked)
{
    struct ip proxy = {};
    int error;

    dns_forget(ctx);
    error = dns_connect(ctx, asked, true, &proxy);
    if (error)
        return connect_reject(error);
    if (ip_is_set(&proxy))
        ctx->user_ip4 = proxy.word[0];
    return CONNECT_PROCEED;
}

SEC("cgroup/connect4")
int cgroup_connect4_prog(struct bpf_sock_addr *ctx)
{
    struct ip to = {.word[0] = ctx->user_ip4};

    if (ctx->protocol == IPPROTO_UDP)
        return connect4_udp(ctx, &to);
    if (ctx->protocol != IPPROTO_TCP)
        return CONNECT_PROCEED;
    connect_forget(ctx);
    return connect_may_redirect(ctx, &to) ? connect4_redirect(ctx) : CONNECT_PROCEED;
}

char _license[] SEC("license") = "Dual BSD/GPL";
