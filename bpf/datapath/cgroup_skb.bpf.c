// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: cgroup_skb/egress, every packet that leaves a pod's socket.
 * Reads: km_sockstorage, the count of bytes that the socket has sent.
 * Writes: nothing; drops packets.
 * Behaviours: TL-8, TL-9.
 *
 * The last word on "the waypoint never takes a stream without a TLV". sk_msg sees only what is sent
 * after the socket was put into the sockhash; bytes that took another way (Fast Open, a sender that
 * was asleep when the connection came up, a sockhash that was full) are in the stream without it.
 * None of a socket's packets leave once it has sent payload and the TLV was not written first.
 */
#include "datapath/kernel.h"
#include "datapath/maps_socket.h"

enum {
    EGRESS_DROP = 0,
    EGRESS_PASS = 1,
};

SEC("cgroup_skb/egress")
int cgroup_skb_egress_prog(struct __sk_buff *skb)
{
    struct bpf_sock *sk = skb->sk;
    struct storage *storage;
    struct tcp_sock *tp;

    sk = sk ? bpf_sk_fullsock(sk) : NULL;
    if (!sk)
        return EGRESS_PASS;
    storage = storage_via_waypoint(sk);
    if (!storage || storage->encoded)
        return EGRESS_PASS;
    /* The kernel counts a packet's payload before the hook sees the packet. */
    tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
    return tp && tp->bytes_sent ? EGRESS_DROP : EGRESS_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
