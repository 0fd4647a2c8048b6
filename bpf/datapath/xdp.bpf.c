// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: XDP on a pod's own interface, every packet that arrives at the pod.
 * Reads: km_manage, km_auth_res, km_frontend, km_wlpolicy, km_authz_policy, kmesh_map64,
 * kmesh_map192, kmesh_map1600, the server's socket.
 * Writes: km_auth_res (takes answers away, never puts one there), the packet.
 * Behaviours: XD-1 … XD-48.
 * Hot path, each packet: what is not TCP calls nothing. TCP: 1 look-up (km_manage); to a managed
 * pod 1 more (km_auth_res). A packet that opens a connection: 1 tail call and 2 look-ups
 * (km_frontend, km_wlpolicy), and where there are policies the same again and what they have.
 *
 * What the kernel decides it does not remember: it judges the packet that opens a connection, and
 * all others pass. So every entry of km_auth_res is user space's.
 *
 * One file for four programs: xdp_authz is attached, the others are only tail-called by it.
 */
#include "datapath/kernel.h"
#include "datapath/maps_auth_res.h"
#include "datapath/maps_frontend.h"
#include "datapath/maps_manage.h"
#include "datapath/packet_reset.h"
#include "datapath/policy.h"

enum xdp_slot {
    SLOT_POLICIES = 0, /* policies_check */
    SLOT_POLICY = 1,   /* policy_check */
    SLOT_SHUTDOWN = 2, /* xdp_shutdown_in_userspace */
};

/* 1: decide here, by km_auth_res and the policies; 0: user space has decided, carry it out. */
__u32 authz_offload = 1;

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

/* The policies of the workload that the packet goes to. NULL: open to everybody. */
static __always_inline struct policy_workload *xdp_policies(const struct packet *packet)
{
    struct ip workload;
    __u32 *uid;

    if (!packet_destination(packet, &workload))
        return NULL;
    uid = bpf_map_lookup_elem(&km_frontend, &workload);
    return uid ? bpf_map_lookup_elem(&km_wlpolicy, uid) : NULL;
}

/* A fragment is looked at only where there are policies: XD-3, XD-36. */
static __always_inline int xdp_decide(struct xdp_md *ctx, const struct packet *packet)
{
    struct bpf_sock_tuple key;
    __u32 *answer;

    if (packet->fragment && !policy_applies(xdp_policies(packet)))
        return XDP_PASS;
    xdp_auth_key(packet, &key);
    answer = bpf_map_lookup_elem(&km_auth_res, &key);
    if (answer)
        return *answer ? XDP_DROP : XDP_PASS;
    if (packet->tcp->syn && !packet->tcp->ack)
        bpf_tail_call(ctx, &km_xdp_tailcall, SLOT_POLICIES);
    return XDP_PASS;
}

SEC("xdp_auth")
int xdp_authz(struct xdp_md *ctx)
{
    struct packet packet;
    enum packet_kind kind = packet_read(ctx, &packet);

    if (kind == PACKET_OTHER || !xdp_is_managed(&packet))
        return XDP_PASS;
    if (!authz_offload) {
        bpf_tail_call(ctx, &km_xdp_tailcall, SLOT_SHUTDOWN);
        return XDP_PASS;
    }
    /* Past a policy goes nothing whose ports cannot be seen. */
    if (kind == PACKET_HIDDEN)
        return policy_applies(xdp_policies(&packet)) ? XDP_DROP : XDP_PASS;
    return xdp_decide(ctx, &packet);
}

static __always_inline void policy_packet(const struct packet *packet, struct policy_packet *out)
{
    __builtin_memset(out, 0, sizeof(*out));
    out->port = bpf_ntohs(packet->tcp->dest);
    if (packet->v4) {
        out->source.size = out->destination.size = sizeof(packet->ip->saddr);
        out->source.word[0] = packet->ip->saddr;
        out->destination.word[0] = packet->ip->daddr;
        return;
    }
    out->source.size = out->destination.size = sizeof(packet->ip6->saddr);
    __builtin_memcpy(out->source.word, &packet->ip6->saddr, sizeof(out->source.word));
    __builtin_memcpy(out->destination.word, &packet->ip6->daddr, sizeof(out->destination.word));
}

/* A packet that opens a connection. A workload without a policy is open to everybody. */
SEC("xdp_auth")
int policies_check(struct xdp_md *ctx)
{
    struct packet packet;

    if (packet_read(ctx, &packet) == PACKET_TCP && xdp_policies(&packet))
        bpf_tail_call(ctx, &km_xdp_tailcall, SLOT_POLICY);
    return XDP_PASS;
}

/*
 * The same, to a workload with policies. Should they change while they are read, they are read
 * again from the beginning, as often as the kernel lets a program call itself. A packet that is
 * lost then is sent again.
 */
SEC("xdp_auth")
int policy_check(struct xdp_md *ctx)
{
    struct policy_workload *policies;
    enum policy_decision decision;
    struct policy_packet asked;
    struct packet packet;

    if (packet_read(ctx, &packet) != PACKET_TCP)
        return XDP_PASS;
    policies = xdp_policies(&packet);
    if (!policies)
        return XDP_PASS;
    policy_packet(&packet, &asked);
    decision = policy_decide(&asked, policies);
    if (decision == POLICY_AGAIN)
        bpf_tail_call(ctx, &km_xdp_tailcall, SLOT_POLICY);
    return decision == POLICY_PASS ? XDP_PASS : XDP_DROP;
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

    if (packet_read(ctx, &packet) != PACKET_TCP || packet.fragment)
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
