// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: XDP on a pod's own interface, every packet that arrives at the pod.
 * Reads: km_manage, km_auth_res, km_frontend, km_wlpolicy, the server's socket.
 * Writes: km_auth_res, the packet.
 * Behaviours: XD-1 … XD-3.
 * Hot path, each packet: what is not plainly TCP calls nothing. TCP: 1 look-up (km_manage); to a
 * managed pod 1 more (km_auth_res), and where there is no answer 1 tail call and 1 or 2 look-ups
 * (km_frontend, km_wlpolicy).
 *
 * One file for four programs: xdp_authz is attached, the others are only tail-called by it.
 */
#include "datapath/kernel.h"
#include "datapath/maps_auth_res.h"
#include "datapath/maps_frontend.h"
#include "datapath/maps_manage.h"
#include "datapath/packet_reset.h"

#define POLICIES 4

enum xdp_slot {
    SLOT_POLICIES = 0, /* policies_check */
    SLOT_POLICY = 1,   /* policy_check */
    SLOT_SHUTDOWN = 2, /* xdp_shutdown_in_userspace */
};

struct workload_policies {
    __u32 ids[POLICIES];
};

/* 1: decide here, by km_auth_res; 0: user space has decided, carry it out. */
__u32 authz_offload = 1;

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __type(key, __u32); /* a backend's uid */
    __type(value, struct workload_policies);
    __uint(max_entries, 512);
    __uint(map_flags, BPF_F_NO_PREALLOC);
} km_wlpolicy SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __type(key, __u32);
    __type(value, __u32);
    __uint(max_entries, 8);
} km_xdp_tailcall SEC(".maps");

static __always_inline bool xdp_is_managed(const struct packet *packet)
{
    union manage_key key;

    return packet_destination(packet, &key.address) && manage_has(&key);
}

static __always_inline void xdp_auth_key(const struct packet *packet, struct bpf_sock_tuple *key)
{
    packet_tuple(packet, key);
    if (packet->v4) {
        key->ipv4.sport = bpf_ntohs(key->ipv4.sport);
        key->ipv4.dport = bpf_ntohs(key->ipv4.dport);
    } else {
        key->ipv6.sport = bpf_ntohs(key->ipv6.sport);
        key->ipv6.dport = bpf_ntohs(key->ipv6.dport);
    }
}

SEC("xdp_auth")
int xdp_authz(struct xdp_md *ctx)
{
    struct bpf_sock_tuple key;
    struct packet packet;
    __u32 *answer;

    if (!packet_read(ctx, &packet) || !xdp_is_managed(&packet))
        return XDP_PASS;
    if (!authz_offload) {
        bpf_tail_call(ctx, &km_xdp_tailcall, SLOT_SHUTDOWN);
        return XDP_PASS;
    }
    xdp_auth_key(&packet, &key);
    answer = bpf_map_lookup_elem(&km_auth_res, &key);
    if (answer)
        return *answer == AUTH_DENY ? XDP_DROP : XDP_PASS;
    bpf_tail_call(ctx, &km_xdp_tailcall, SLOT_POLICIES);
    return XDP_PASS;
}

/* A workload without a policy is open to everybody. */
SEC("xdp_auth")
int policies_check(struct xdp_md *ctx)
{
    struct workload_policies *policies;
    struct packet packet;
    struct ip workload;
    __u32 *uid;

    if (!packet_read(ctx, &packet) || !packet_destination(&packet, &workload))
        return XDP_PASS;
    uid = bpf_map_lookup_elem(&km_frontend, &workload);
    policies = uid ? bpf_map_lookup_elem(&km_wlpolicy, uid) : NULL;
    if (policies)
        bpf_tail_call(ctx, &km_xdp_tailcall, SLOT_POLICY);
    return XDP_PASS;
}

/* What a policy looks like is not in the contract: the packet passes, and user space, which has
 * been asked about the connection, answers in km_auth_res. */
SEC("xdp_auth")
int policy_check(struct xdp_md *ctx)
{
    return XDP_PASS;
}

/*
 * The sequence number with which the server believes a reset. An established connection takes only
 * the one that it waits for (RFC 5961), and a retransmission or a keepalive has another; half a
 * connection takes its segment's own. False: a listener, there is no connection to reset yet.
 */
static __always_inline bool xdp_reset_sequence(struct xdp_md *ctx, const struct packet *packet,
                                               __u32 *out)
{
    struct bpf_sock_tuple tuple;
    struct bpf_sock *sk;
    struct tcp_sock *tp;
    bool listens;

    *out = bpf_ntohl(packet->tcp->seq);
    packet_tuple(packet, &tuple);
    sk = bpf_skc_lookup_tcp(ctx, &tuple, packet->v4 ? sizeof(tuple.ipv4) : sizeof(tuple.ipv6),
                            BPF_F_CURRENT_NETNS, 0);
    if (!sk)
        return true;
    listens = sk->state == BPF_TCP_LISTEN;
    tp = (struct tcp_sock *)bpf_skc_to_tcp_sock(sk);
    if (tp)
        *out = tp->rcv_nxt;
    bpf_sk_release(sk);
    return !listens;
}

SEC("xdp_auth")
int xdp_shutdown_in_userspace(struct xdp_md *ctx)
{
    struct bpf_sock_tuple key;
    struct packet packet;
    __u32 sequence, *answer;

    if (!packet_read(ctx, &packet))
        return XDP_PASS;
    xdp_auth_key(&packet, &key);
    answer = bpf_map_lookup_elem(&km_auth_res, &key);
    if (!answer || *answer != AUTH_DENY || !xdp_reset_sequence(ctx, &packet, &sequence))
        return XDP_PASS;
    bpf_map_delete_elem(&km_auth_res, &key);
    packet_reset(ctx, &packet, sequence);
    return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
