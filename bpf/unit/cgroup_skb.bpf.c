// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup_skb_ingress_prog and cgroup_skb_egress_prog: when a report is due and what it says, and
 * which packets are held back. Without a socket there is nothing to report; a tc program calls them
 * with a context and a socket of its own. Behaviours: SK-1, SK-2, TL-8.
 */
#include "unit/include/unit.h"
#include "unit/include/mock.h"

struct bpf_tcp_sock mock_tcp;
bool mock_is_half_open;

#define bpf_sk_fullsock(sk)                     (mock_is_half_open ? NULL : (sk))
#define bpf_tcp_sock(sk)                        (&mock_tcp)
#define bpf_skb_load_bytes(skb, at, to, length) ((void)(at), (void)(to), -1)

TESTED int cgroup_skb_ingress_prog(struct __sk_buff *skb);
TESTED int cgroup_skb_egress_prog(struct __sk_buff *skb);
#include "datapath/cgroup_skb.bpf.c"

#define COOKIE 77
#define SECOND 1000000000ULL
#define NOW    (1000 * SECOND)

enum { V4, V6, MAPPED };

static __noinline int ingress(void)
{
    struct __sk_buff skb = {.sk = &mock_socket.sock};

    return cgroup_skb_ingress_prog(&skb);
}

static __noinline int egress(void)
{
    struct __sk_buff skb = {.sk = &mock_socket.sock};

    return cgroup_skb_egress_prog(&skb);
}

static __noinline int without_socket(void)
{
    struct __sk_buff skb = {};

    return cgroup_skb_ingress_prog(&skb) == SKB_PASS && cgroup_skb_egress_prog(&skb) == SKB_PASS;
}

/* Local 10.0.0.1:40000, remote 10.0.0.2:80. */
static __always_inline void socket_v4(void)
{
    mock_socket.sock.family = AF_INET;
    mock_socket.sock.src_ip4 = bpf_htonl(0x0a000001);
    mock_socket.sock.dst_ip4 = bpf_htonl(0x0a000002);
    mock_socket.storage.destination.ipv4.daddr = bpf_htonl(0x0a000003);
    mock_socket.storage.destination.ipv4.dport = bpf_htons(8000);
}

/* The same below fd00::, or IPv4-mapped: such sockets have their IPv4 addresses, too. */
static __always_inline void socket_v6(__u32 first, __u32 third, __u32 last)
{
    __u32 *local = mock_socket.sock.src_ip6, *remote = mock_socket.sock.dst_ip6;
    __be32 *asked = mock_socket.storage.destination.ipv6.daddr;

    mock_socket.sock.family = AF_INET6;
    local[0] = remote[0] = asked[0] = first;
    local[2] = remote[2] = asked[2] = third;
    local[3] = bpf_htonl(last + 1);
    remote[3] = bpf_htonl(last + 2);
    asked[3] = bpf_htonl(last + 3);
    if (third) {
        mock_socket.sock.src_ip4 = local[3];
        mock_socket.sock.dst_ip4 = remote[3];
    }
    mock_socket.storage.destination.ipv6.dport = bpf_htons(8000);
}

/* A managed pod's outbound connection with some traffic, reported 6 s ago. */
static __noinline int begin(int family)
{
    union manage_key key = {.netns.cookie = COOKIE};
    __u32 zero = 0;

    mock_reset();
    bpf_map_update_elem(&km_manage, &key, &zero, BPF_ANY);
    mock_is_half_open = report_is_lost = false;
    enable_monitoring = enable_periodic_report = 1;
    mock_now = NOW;
    mock_socket.netns_cookie = COOKIE;
    mock_socket.has_storage = true;
    mock_socket.storage.connect_ns = NOW - 60 * SECOND;
    mock_socket.storage.report_ns = NOW - 6 * SECOND;
    mock_socket.storage.direction = DIRECTION_OUTBOUND;
    mock_socket.storage.connect_success = 1;
    mock_socket.sock.protocol = IPPROTO_TCP;
    mock_socket.sock.src_port = 40000;
    mock_socket.sock.dst_port = bpf_htons(80);
    mock_tcp.bytes_acked = 1111;
    mock_tcp.bytes_received = 2222;
    if (family == V4)
        socket_v4();
    else if (family == V6)
        socket_v6(bpf_htonl(0xfd000000), 0, 0);
    else
        socket_v6(0, bpf_htonl(0xffff), 0x0a000000);
    return 0;
}

#define RECORD ((struct probe *)mock_record)

#define expect_reports(n)                                                                          \
    ({                                                                                             \
        expect_equal(mock_calls.reported, n);                                                      \
        expect_equal(mock_calls.outstanding, 0);                                                   \
    })

#define expect_counts()                                                                            \
    ({                                                                                             \
        expect_equal(RECORD->state, BPF_TCP_ESTABLISHED);                                          \
        expect_equal(RECORD->sent_bytes, 1111);                                                    \
        expect_equal(RECORD->received_bytes, 2222);                                                \
        expect_equal(RECORD->success, 1);                                                          \
        expect_equal(RECORD->direction, DIRECTION_OUTBOUND);                                       \
        expect_equal(RECORD->protocol, IPPROTO_TCP);                                               \
        expect_equal(RECORD->start_ns, NOW - 60 * SECOND);                                         \
        expect_equal(RECORD->duration_ns, 60 * SECOND);                                            \
    })

#define expect_record_v4()                                                                         \
    ({                                                                                             \
        expect_counts();                                                                           \
        expect_equal(RECORD->family, WIRE_V4);                                                     \
        expect_equal_hex(bpf_ntohl(RECORD->tuple.ipv4.saddr), 0x0a000001);                         \
        expect_equal_hex(bpf_ntohl(RECORD->tuple.ipv4.daddr), 0x0a000002);                         \
        expect_equal(RECORD->tuple.ipv4.sport, 40000);                                             \
        expect_equal(RECORD->tuple.ipv4.dport, 80);                                                \
        expect_equal_hex(bpf_ntohl(RECORD->destination.v4.address), 0x0a000003);                   \
        expect_equal(RECORD->destination.v4.port, 8000);                                           \
    })

#define expect_record_v6()                                                                         \
    ({                                                                                             \
        expect_counts();                                                                           \
        expect_equal(RECORD->family, WIRE_V6);                                                     \
        expect_equal_hex(bpf_ntohl(RECORD->tuple.ipv6.saddr[0]), 0xfd000000);                      \
        expect_equal_hex(bpf_ntohl(RECORD->tuple.ipv6.saddr[3]), 1);                               \
        expect_equal_hex(bpf_ntohl(RECORD->tuple.ipv6.daddr[3]), 2);                               \
        expect_equal(RECORD->tuple.ipv6.sport, 40000);                                             \
        expect_equal(RECORD->tuple.ipv6.dport, 80);                                                \
        expect_equal_hex(bpf_ntohl(RECORD->destination.v6.address[3]), 3);                         \
        expect_equal(RECORD->destination.v6.port, 8000);                                           \
    })

/* One hook in one family: due, and due no more. */
#define test_due(hook, family, expect_record)                                                      \
    ({                                                                                             \
        begin(family);                                                                             \
        expect_equal(hook(), SKB_PASS);                                                            \
        expect_reports(1);                                                                         \
        expect_record();                                                                           \
        expect_equal(mock_socket.storage.report_ns, NOW);                                          \
        expect_equal(hook(), SKB_PASS);                                                            \
        expect_reports(1);                                                                         \
    })

/* Nor is the next report put off. */
#define expect_not_reported(hook)                                                                  \
    ({                                                                                             \
        __u64 _last = mock_socket.storage.report_ns;                                               \
        expect_equal(hook(), SKB_PASS);                                                            \
        expect_reports(0);                                                                         \
        expect_equal(mock_socket.storage.report_ns, _last);                                        \
    })

#define test_none(hook, change)                                                                    \
    ({                                                                                             \
        begin(V4);                                                                                 \
        change;                                                                                    \
        expect_not_reported(hook);                                                                 \
    })

CHECK("tc", "SK-1 a report is due")
int skb_due_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("ingress, IPv4") test_due(ingress, V4, expect_record_v4);
    TEST("ingress, IPv6") test_due(ingress, V6, expect_record_v6);
    TEST("ingress, IPv4-mapped counts as IPv4") test_due(ingress, MAPPED, expect_record_v4);
    TEST("egress, IPv4") test_due(egress, V4, expect_record_v4);
    TEST("egress, IPv6") test_due(egress, V6, expect_record_v6);
    TEST("egress, IPv4-mapped counts as IPv4") test_due(egress, MAPPED, expect_record_v4);
    TEST("inbound: the client is the remote end")
    {
        begin(V4);
        mock_socket.storage.direction = DIRECTION_INBOUND;
        ingress();
        expect_reports(1);
        expect_equal_hex(bpf_ntohl(RECORD->tuple.ipv4.saddr), 0x0a000002);
        expect_equal(RECORD->tuple.ipv4.dport, 40000);
    }
    test_finish();
}

CHECK("tc", "SK-1 a report is not due")
int skb_not_due_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("ingress, reported 5 s ago")
    test_none(ingress, mock_socket.storage.report_ns = NOW - 5 * SECOND);
    TEST("egress, reported 5 s ago")
    test_none(egress, mock_socket.storage.report_ns = NOW - 5 * SECOND);
    TEST("the last report is of later") test_none(ingress, mock_socket.storage.report_ns = NOW + 1);
    TEST("the handshake is not done") test_none(egress, mock_socket.storage.connect_success = 0);
    test_finish();
}

CHECK("tc", "SK-2 none")
int skb_none_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("ingress, switched off") test_none(ingress, enable_periodic_report = 0);
    TEST("egress, switched off") test_none(egress, enable_periodic_report = 0);
    TEST("ingress, monitoring off") test_none(ingress, enable_monitoring = 0);
    TEST("egress, monitoring off") test_none(egress, enable_monitoring = 0);
    TEST("ingress, not managed") test_none(ingress, mock_socket.netns_cookie = COOKIE + 1);
    TEST("egress, not managed") test_none(egress, mock_socket.netns_cookie = COOKIE + 1);
    TEST("ingress, a manage command's socket has no storage")
    test_none(ingress, mock_socket.has_storage = false);
    TEST("egress, a manage command's socket has no storage")
    test_none(egress, mock_socket.has_storage = false);
    TEST("ingress, UDP") test_none(ingress, mock_socket.sock.protocol = IPPROTO_UDP);
    TEST("egress, UDP") test_none(egress, mock_socket.sock.protocol = IPPROTO_UDP);
    TEST("half open") test_none(ingress, mock_is_half_open = true);
    TEST("a packet of no socket")
    {
        begin(V4);
        expect(without_socket());
        expect_reports(0);
    }
    TEST("SO-7 nobody reads the ring: passed")
    {
        begin(V4);
        mock_ring_full = true;
        expect_equal(ingress(), SKB_PASS);
        expect_reports(0);
    }
    test_finish();
}

CHECK("tc", "TL-8 packets without a TLV")
int skb_tlv_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("payload and no TLV: dropped, and not reported")
    {
        begin(V4);
        mock_socket.storage.via_waypoint = 1;
        mock_socket.is_sent = true;
        expect_equal(egress(), SKB_DROP);
        expect_reports(0);
    }
    TEST("the TLV was written: passed")
    test_none(egress, ({
                  mock_socket.storage.via_waypoint = 1;
                  mock_socket.storage.encoded = 1;
                  mock_socket.is_sent = true;
                  enable_periodic_report = 0;
              }));
    TEST("nothing was sent yet, the handshake: passed")
    test_none(egress, ({
                  mock_socket.storage.via_waypoint = 1;
                  enable_periodic_report = 0;
              }));
    TEST("no waypoint flow: passed")
    test_none(egress, ({
                  mock_socket.is_sent = true;
                  enable_periodic_report = 0;
              }));
    TEST("what comes in is never held back")
    test_none(ingress, ({
                  mock_socket.storage.via_waypoint = 1;
                  mock_socket.is_sent = true;
                  enable_periodic_report = 0;
              }));
    test_finish();
}
