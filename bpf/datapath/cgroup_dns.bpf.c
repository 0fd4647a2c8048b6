// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hooks: cgroup/sendmsg4, in every send of a UDP socket that names an IPv4 destination (and in
 * every send of an AF_INET6 socket that goes to an IPv4-mapped one, connected or not);
 * cgroup/recvmsg4 and cgroup/recvmsg6, in every receive of a UDP socket that asks for the source,
 * when the datagram is taken from the queue already.
 * Reads: km_manage, km_backend (uid 0).
 * Writes: the destination (user_ip4), the source as the application sees it (user_ip4, user_ip6),
 * km_dns.
 * Behaviours: DN-1, DN-2, DN-4 … DN-7.
 * Hot path, each send or receive whose port is not 53: nothing is called. A query of a managed pod:
 * 4 look-ups (km_manage, km_backend, km_dns twice), 4 other helper calls. A reply: 1 look-up
 * (km_dns), 2 others.
 */
#include "datapath/dns.h"

enum {
    DNS_SEND_REJECT = 0,
    DNS_PROCEED = 1,
};

/*
 * The server that a datagram is for: mostly the one that it is sent to. What a connected AF_INET6
 * socket sends without naming anybody comes here with the proxy's address, which connect() has put
 * in the server's place. With the lock held.
 */
static __always_inline __be32 dns_server(const struct dns_socket *dns, __be32 to, bool connected)
{
    if (connected && dns->connected && to == dns->proxy)
        return dns->connected;
    return to ? to : DNS_ANY_MEANS;
}

/* A datagram to `to` is under way, which is to go to `proxy`. */
static __always_inline void dns_note_asked(struct dns_socket *dns, __be32 to, __be32 proxy,
                                           bool connected)
{
    __u64 now = bpf_ktime_get_ns();
    __be32 server;

    bpf_spin_lock(&dns->lock);
    server = dns_server(dns, to, connected);
    if (!connected)
        dns->connected = 0;
    if (now - dns->arrived_ns > DNS_STALE_NS)
        dns->n_read = dns->n_arrived;
    if (dns->only && dns->only != server)
        dns->several = 1;
    dns->only = server;
    dns->asked = server;
    dns->proxy = proxy;
    bpf_spin_unlock(&dns->lock);
}

SEC("cgroup/sendmsg4")
int bpf_redirect_dns_send(struct bpf_sock_addr *ctx)
{
    struct bpf_sock *sk = ctx->sk;
    struct dns_socket *dns;
    __be32 proxy;

    if (!sk || !dns_is_query(ctx))
        return DNS_PROCEED;
    proxy = dns_proxy_v4();
    dns = dns_socket_of(sk);
    if (dns && dns_is_stranded(dns, sk, proxy))
        return DNS_SEND_REJECT;
    if (!proxy || !manage_is_managed(bpf_get_netns_cookie(ctx)))
        return DNS_PROCEED;
    dns = dns_socket_make(sk);
    if (!dns) {
        bpf_set_retval(-ENOMEM);
        return DNS_SEND_REJECT;
    }
    dns_note_asked(dns, ctx->user_ip4, proxy, dns_is_connected(sk));
    ctx->user_ip4 = proxy;
    return DNS_PROCEED;
}

/* The next in the queue of replies, or the one before once more. With the lock held. */
static __always_inline __be32 dns_next_reply(struct dns_socket *dns)
{
    if (dns->n_read != dns->n_arrived) {
        dns->read_last = dns->replies[dns->n_read % DNS_REPLIES];
        dns->n_read++;
    }
    return dns->read_last;
}

/* The server that a datagram from port 53 of `source` is shown to come from; 0: it keeps its
 * source. */
static __always_inline __be32 dns_replier(struct bpf_sock *sk, __be32 source)
{
    struct dns_socket *dns = dns_socket_of(sk);
    bool connected = dns_is_connected(sk);
    __be32 server = 0, next;

    if (!dns)
        return 0;
    bpf_spin_lock(&dns->lock);
    if (source == dns->proxy) {
        next = dns_next_reply(dns);
        if (dns->several)
            server = next;
        else if (connected || !dns->connected) /* not disconnected since */
            server = dns->only;
    }
    bpf_spin_unlock(&dns->lock);
    return server;
}

SEC("cgroup/recvmsg4")
int bpf_restore_dns_recv(struct bpf_sock_addr *ctx)
{
    struct bpf_sock *sk = ctx->sk;
    __be32 server = sk && dns_is_query(ctx) ? dns_replier(sk, ctx->user_ip4) : 0;

    if (server)
        ctx->user_ip4 = server;
    return DNS_PROCEED;
}

/* Not among the contract's programs: what an AF_INET6 socket receives from an IPv4 address comes
 * here, as IPv4-mapped. */
SEC("cgroup/recvmsg6")
int bpf_restore_dns_recv6(struct bpf_sock_addr *ctx)
{
    struct ip source = {.word = {ctx->user_ip6[0], ctx->user_ip6[1], ctx->user_ip6[2]}};
    struct bpf_sock *sk = ctx->sk;
    __be32 server = 0;

    if (sk && dns_is_query(ctx) && ip_is_mapped(&source))
        server = dns_replier(sk, ctx->user_ip6[3]);
    if (server)
        ctx->user_ip6[3] = server;
    return DNS_PROCEED;
}

char _license[] SEC("license") = "Dual BSD/GPL";
