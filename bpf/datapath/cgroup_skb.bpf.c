// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hooks: cgroup_skb/ingress, cgroup_skb/egress: every packet that comes to a pod's socket or leaves
 * it.
 * Reads: km_manage, km_sockstorage, km_backend (uid 0), the socket's counters, DNS ids of UDP
 * datagrams.
 * Writes: km_sockstorage (report_ns), km_tcp_probe, km_dns, km_log_event; drops packets.
 * Behaviours: TL-8, TL-9, SK-1, SK-2, DN-5, DN-7.
 * Hot path, each packet: 1 helper call (the full socket). TCP on its way out: 1 look-up more
 * (km_sockstorage), and 1 other call for a waypoint flow until its TLV is written. Periodic reports
 * cost a managed pod's packet 2 look-ups (km_sockstorage, km_manage) and 2 others. UDP: 1 look-up
 * more (km_dns); of a socket that has asked a name server, 5 others for a query, 6 for a reply,
 * and 1 look-up more (km_backend) for a query of a connected socket.
 *
 * The egress program has the last word on "the waypoint never takes a stream without a TLV". sk_msg
 * sees only what is sent after the socket was put into the sockhash; bytes that took another way
 * (Fast Open, a sender that was asleep when the connection came up) are in the stream without it.
 * None of a socket's packets leave once it has sent payload and the TLV was not written first, or
 * when no sockhash took it.
 */
#include <linux/in.h>

#include "datapath/dns_packet.h"
#include "datapath/kernel.h"
#include "datapath/maps_socket.h"
#include "datapath/periodic.h"

enum {
    SKB_DROP = 0,
    SKB_PASS = 1,
};

/*
 * The kernel counts a packet's payload before the hook sees the packet. Of a socket that is in no
 * sockhash the empty ones stay here, too: an answer to a keepalive probe would keep a client
 * waiting that only reads.
 */
static __always_inline bool skb_lacks_tlv(struct bpf_sock *sk)
{
    struct storage *storage = storage_via_waypoint(sk);

    if (!storage || storage->encoded)
        return false;
    return storage->sockhash == SOCKHASH_FAILED || kernel_has_sent(sk);
}

/* The full socket of the packet, or NULL: not of half-open and of forgotten connections. */
static __always_inline struct bpf_sock *skb_socket(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;

    return sk ? bpf_sk_fullsock(sk) : NULL;
}

SEC("cgroup_skb/ingress")
int cgroup_skb_ingress_prog(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb_socket(skb);

    if (!sk)
        return SKB_PASS;
    if (sk->protocol == IPPROTO_TCP)
        periodic_report(sk);
    else
        dns_ingress(skb, sk);
    return SKB_PASS;
}

SEC("cgroup_skb/egress")
int cgroup_skb_egress_prog(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb_socket(skb);

    if (!sk)
        return SKB_PASS;
    if (sk->protocol != IPPROTO_TCP)
        return dns_egress(skb, sk) ? SKB_PASS : SKB_DROP;
    if (skb_lacks_tlv(sk))
        return SKB_DROP;
    periodic_report(sk);
    return SKB_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
