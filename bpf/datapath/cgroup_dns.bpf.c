// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hooks: cgroup/sendmsg4 and cgroup/sendmsg6, in every send of a UDP socket that names a
 * destination of that family (sendmsg4 also in every send of an AF_INET6 socket that goes to an
 * IPv4-mapped one, connected or not); cgroup/recvmsg4 and cgroup/recvmsg6, in every receive of a
 * UDP socket that asks for the source, when the datagram is taken from the queue already.
 *
 * Reads: km_manage, km_backend (uid 0), the socket's queue.
 *
 * Writes: the destination, and the source as the application sees it (user_ip4, user_ip6), km_dns.
 *
 * Behaviours: DN-1, DN-2, DN-4 … DN-9.
 *
 * Hot path, each send or receive whose port is not 53: nothing is called. A query of a managed pod:
 * 4 look-ups (km_manage, km_backend, km_dns twice), 3 other helper calls. A reply: 1 look-up
 * (km_dns), 6 to 8 others.
 */
#include "datapath/dns_packet.h"

enum {
    DNS_SEND_REJECT = 0,
    DNS_PROCEED = 1,
};

/*
 * The server that a datagram is for: mostly the one that it is sent to. What a connected AF_INET6
 * socket sends without naming anybody comes here with the proxy's address, which connect() has put
 * in the server's place. With the lock held.
 */
static __always_inline struct ip dns_server(const struct dns_socket *dns, const struct ip *to,
                                            bool connected)
{
    return connected && ip_is_set(&dns->connected) && ip_equal(to, &dns->proxy) ? dns->connected
                                                                                : *to;
}

/* A datagram to `to` is under way, which is to go to `proxy`. */
static __always_inline void dns_note_asked(struct dns_socket *dns, const struct ip *to,
                                           const struct ip *proxy, bool connected)
{
    struct ip none = {}, server;

    bpf_spin_lock(&dns->lock);
    server = dns_server(dns, to, connected);
    if (!connected)
        dns->connected = none;
    if (ip_is_set(&dns->only) && !ip_equal(&dns->only, &server))
        dns->several = 1;
    dns->only = server;
    dns->asked = server;
    dns->proxy = *proxy;
    bpf_spin_unlock(&dns->lock);
}

/* A send to `to`. `proxy` becomes the address to write in its place, or stays none: it is left
 * alone. Returns what the hook answers. */
static __always_inline int dns_send(struct bpf_sock_addr *ctx, const struct ip *to, bool v4,
                                    struct ip *proxy)
{
    struct ip server = dns_server_named(to, v4), address;
    struct bpf_sock *sk = ctx->sk;
    struct dns_socket *dns;

    if (!sk || !dns_is_query(ctx))
        return DNS_PROCEED;
    address = dns_proxy();
    dns = dns_socket_of(sk);
    if (dns && dns_is_stranded(dns, sk, &address))
        return DNS_SEND_REJECT;
    if (!dns_may_stand_for(&address, &server) || !manage_is_managed(bpf_get_netns_cookie(ctx)))
        return DNS_PROCEED;
    dns = dns_socket_make(sk);
    if (!dns) {
        bpf_set_retval(-ENOMEM);
        return DNS_SEND_REJECT;
    }
    dns_note_asked(dns, &server, &address, dns_is_connected(sk));
    *proxy = address;
    return DNS_PROCEED;
}

SEC("cgroup/sendmsg4")
int bpf_redirect_dns_send(struct bpf_sock_addr *ctx)
{
    struct ip to = {.word[0] = ctx->user_ip4}, proxy = {};
    int answer = dns_send(ctx, &to, true, &proxy);

    if (ip_is_set(&proxy))
        ctx->user_ip4 = proxy.word[0];
    return answer;
}

static __always_inline void dns_set_user_ip6(struct bpf_sock_addr *ctx, const struct ip *ip)
{
    ctx->user_ip6[0] = ip->word[0];
    ctx->user_ip6[1] = ip->word[1];
    ctx->user_ip6[2] = ip->word[2];
    ctx->user_ip6[3] = ip->word[3];
}

SEC("cgroup/sendmsg6")
int bpf_redirect_dns_send6(struct bpf_sock_addr *ctx)
{
    struct ip to = ip_of_user(ctx), proxy = {};
    int answer = dns_send(ctx, &to, false, &proxy);

    if (ip_is_set(&proxy))
        dns_set_user_ip6(ctx, &proxy);
    return answer;
}

/* The server that a datagram from port 53 of `source` is shown to come from; none: it keeps its
 * source. */
static __always_inline struct ip dns_replier(struct bpf_sock *sk, const struct ip *source)
{
    struct dns_socket *dns = dns_socket_of(sk);
    bool connected = dns_is_connected(sk);
    struct kernel_datagrams now = {};
    struct ip server = {}, read;

    if (!dns)
        return server;
    kernel_datagrams(dns->sk, &now);
    bpf_spin_lock(&dns->lock);
    read = dns_read_now(dns, &now);
    if (ip_equal(source, &dns->proxy)) {
        if (dns->several)
            server = read;
        else if (connected || !ip_is_set(&dns->connected)) /* not disconnected since */
            server = dns->only;
    }
    bpf_spin_unlock(&dns->lock);
    return server;
}

SEC("cgroup/recvmsg4")
int bpf_restore_dns_recv(struct bpf_sock_addr *ctx)
{
    struct ip source = {.word[0] = ctx->user_ip4}, server = {};
    struct bpf_sock *sk = ctx->sk;

    if (sk && dns_is_query(ctx))
        server = dns_replier(sk, &source);
    if (ip_is_v4(&server))
        ctx->user_ip4 = server.word[0];
    return DNS_PROCEED;
}

/* What an AF_INET6 socket receives from an IPv4 address comes here as well, as IPv4-mapped. */
SEC("cgroup/recvmsg6")
int bpf_restore_dns_recv6(struct bpf_sock_addr *ctx)
{
    struct ip source = ip_of_user(ctx), server = {};
    struct bpf_sock *sk = ctx->sk;
    bool mapped = ip_is_mapped(&source);
    struct ip v4 = {.word[0] = source.word[3]};

    if (sk && dns_is_query(ctx))
        server = dns_replier(sk, mapped ? &v4 : &source);
    if (mapped && ip_is_v4(&server))
        ctx->user_ip6[3] = server.word[0];
    else if (!mapped && ip_is_v6(&server))
        dns_set_user_ip6(ctx, &server);
    return DNS_PROCEED;
}

char _license[] SEC("license") = "Dual BSD/GPL";
