// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Hook: sk_msg verdict on the sockhashes km_socket and km_socket_x: every send on a socket in them.
 * Reads: km_sockstorage, the sending socket's sequence numbers.
 * Writes: the TLV in front of the first message, km_sockstorage (encoded), km_log_event.
 * Behaviours: TL-1 … TL-8, AP-8.
 * Hot path, each send of a socket in a sockhash: 1 look-up (km_sockstorage); the first send of a
 * connection 4 more helper calls (the TCP socket twice, room, a writable pointer).
 *
 * A TLV is put in front only where nothing was queued on the socket before. A sender that slipped
 * in earlier (TL-8) had its bytes held back by cgroup_skb_egress; from here on it gets an error. So
 * does one whose key kTLS has already: what is put in front here would be inside a TLS record.
 */
#include <bpf/bpf_endian.h>

#include "datapath/kernel.h"
#include "datapath/log.h"
#include "datapath/maps_socket.h"

#define TLV_TYPE_DESTINATION 0x01
#define TLV_TYPE_END         0xfe

struct tlv_head {
    __u8 type;
    __be32 length; /* of address and port */
} __attribute__((packed));

struct tlv_tail {
    __be16 port;
    __u8 end_type;
    __be32 end_length; /* 0 */
} __attribute__((packed));

struct tlv_v4 {
    struct tlv_head head;
    __be32 address;
    struct tlv_tail tail;
} __attribute__((packed));

struct tlv_v6 {
    struct tlv_head head;
    __be32 address[4];
    struct tlv_tail tail;
} __attribute__((packed));

_Static_assert(sizeof(struct tlv_v4) == 16, "TLV, IPv4");
_Static_assert(sizeof(struct tlv_v6) == 28, "TLV, IPv6");

/* Room for `size` bytes at the front, in memory that the program may write to. */
static __always_inline int sendmsg_make_room(struct sk_msg_md *msg, __u32 size)
{
    int error = bpf_msg_push_data(msg, 0, size, 0);

    return error ? error : bpf_msg_pull_data(msg, 0, size, 0);
}

static __always_inline void sendmsg_frame(struct tlv_head *head, struct tlv_tail *tail,
                                          __u32 address_size, __be16 port)
{
    head->type = TLV_TYPE_DESTINATION;
    head->length = bpf_htonl(address_size + sizeof(port));
    tail->port = port;
    tail->end_type = TLV_TYPE_END;
    tail->end_length = 0;
}

static __always_inline int sendmsg_write_v4(struct sk_msg_md *msg, const struct storage *storage)
{
    struct tlv_v4 *tlv;
    int error = sendmsg_make_room(msg, sizeof(*tlv));

    if (error)
        return error;
    tlv = msg->data;
    if ((void *)(tlv + 1) > msg->data_end)
        return -1;
    sendmsg_frame(&tlv->head, &tlv->tail, sizeof(tlv->address), storage->destination.ipv4.dport);
    tlv->address = storage->destination.ipv4.daddr;
    return 0;
}

static __always_inline int sendmsg_write_v6(struct sk_msg_md *msg, const struct storage *storage)
{
    struct tlv_v6 *tlv;
    int error = sendmsg_make_room(msg, sizeof(*tlv));

    if (error)
        return error;
    tlv = msg->data;
    if ((void *)(tlv + 1) > msg->data_end)
        return -1;
    sendmsg_frame(&tlv->head, &tlv->tail, sizeof(tlv->address), storage->destination.ipv6.dport);
    for (int i = 0; i < 4; i++)
        tlv->address[i] = storage->destination.ipv6.daddr[i];
    return 0;
}

SEC("sk_msg")
int sendmsg_prog(struct sk_msg_md *msg)
{
    struct bpf_sock *sk = msg->sk;
    struct storage *storage = sk ? storage_via_waypoint(sk) : NULL;
    int error;

    if (!storage || storage->encoded)
        return SK_PASS;
    if (!kernel_is_fresh(sk)) {
        log_error("port %u: bytes were sent before the TLV, connection refused", msg->local_port);
        return SK_DROP;
    }
    if (kernel_has_ulp(sk)) {
        log_error("port %u: kTLS would encrypt the TLV, connection refused", msg->local_port);
        return SK_DROP;
    }
    error =
        msg->family == AF_INET ? sendmsg_write_v4(msg, storage) : sendmsg_write_v6(msg, storage);
    if (error) {
        log_error("port %u: no room for the TLV (%d)", msg->local_port, error);
        return SK_DROP;
    }
    storage->encoded = 1;
    return SK_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
