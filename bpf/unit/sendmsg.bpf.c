// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sendmsg_prog: the TLV that it puts in front of a stream, and when it does not. Programs of its
 * type cannot be run by themselves; a tc program calls it with a context of its own.
 * Behaviours: TL-1, TL-2, TL-7, TL-8, AP-8.
 */
#include "unit/include/unit.h"
#include "unit/include/mock.h"

#define PAYLOAD 64 /* where the payload begins in mock_stream */
#define FILLING 0xaa

__u8 mock_stream[PAYLOAD + 16];
int mock_push_error, mock_pull_error;
__u32 mock_pushed, mock_pulled;

/* What was pushed is not to be touched before it was pulled. */
static __always_inline long mock_push(struct sk_msg_md *msg, __u32 size)
{
    if (mock_push_error)
        return mock_push_error;
    mock_pushed += size;
    msg->data = mock_stream + PAYLOAD - size;
    msg->data_end = msg->data;
    return 0;
}

static __always_inline long mock_pull(struct sk_msg_md *msg, __u32 end)
{
    if (mock_pull_error)
        return mock_pull_error;
    mock_pulled += end;
    msg->data_end = msg->data + end;
    return 0;
}

#define bpf_msg_push_data(msg, start, size, flags) ((start) ? -1 : mock_push(msg, size))
#define bpf_msg_pull_data(msg, start, end, flags)  ((start) ? -1 : mock_pull(msg, end))

TESTED int sendmsg_prog(struct sk_msg_md *msg);
#include "datapath/sendmsg.bpf.c"

static __noinline int send(__u32 family)
{
    struct sk_msg_md msg = {
        .data = mock_stream + PAYLOAD,
        .data_end = mock_stream + PAYLOAD,
        .family = family,
        .sk = &mock_socket.sock,
    };

    return sendmsg_prog(&msg);
}

static __noinline int send_without_socket(void)
{
    struct sk_msg_md msg = {.family = AF_INET};

    return sendmsg_prog(&msg);
}

static __always_inline void begin(void)
{
    mock_reset();
    __builtin_memset(mock_stream, FILLING, sizeof(mock_stream));
    mock_push_error = mock_pull_error = 0;
    mock_pushed = mock_pulled = 0;
}

/* A waypoint flow to 192.0.2.7:8080. */
static __always_inline void begin_v4(void)
{
    begin();
    mock_socket.has_storage = true;
    mock_socket.storage.via_waypoint = 1;
    mock_socket.storage.destination.ipv4.daddr = bpf_htonl(0xc0000207);
    mock_socket.storage.destination.ipv4.dport = bpf_htons(8080);
}

/* A waypoint flow to [2001:db8:1:2:3:4:5:6]:443. */
static __always_inline void begin_v6(void)
{
    const __be32 address[] = {bpf_htonl(0x20010db8), bpf_htonl(0x00010002), bpf_htonl(0x00030004),
                              bpf_htonl(0x00050006)};

    begin();
    mock_socket.has_storage = true;
    mock_socket.storage.via_waypoint = 1;
    __builtin_memcpy(mock_socket.storage.destination.ipv6.daddr, address, sizeof(address));
    mock_socket.storage.destination.ipv6.dport = bpf_htons(443);
}

const __u8 tlv_v4[16] = {1, 0, 0, 0, 6, 192, 0, 2, 7, 0x1f, 0x90, 0xfe};
const __u8 tlv_v6[28] = {1, 0, 0, 0, 18, 0x20, 1, 0x0d, 0xb8, 0, 1,    0,
                         2, 0, 3, 0, 4,  0,    5, 0,    6,    1, 0xbb, 0xfe};
const __u8 filling[16] = {FILLING, FILLING, FILLING, FILLING, FILLING, FILLING, FILLING, FILLING,
                          FILLING, FILLING, FILLING, FILLING, FILLING, FILLING, FILLING, FILLING};

#define expect_untouched()                                                                         \
    ({                                                                                             \
        expect_equal(mock_pushed, 0);                                                              \
        expect_bytes(mock_stream + PAYLOAD - 16, filling, 16);                                     \
        expect_equal(mock_socket.storage.encoded, 0);                                              \
    })

CHECK("tc", "TL-1 the TLV's bytes")
int sendmsg_bytes_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("an IPv4 destination is 16 bytes")
    {
        begin_v4();
        expect_equal(send(AF_INET), SK_PASS);
        expect_equal(mock_pushed, 16);
        expect_equal(mock_pulled, 16);
        expect_bytes(mock_stream + PAYLOAD - 16, tlv_v4, 16);
    }
    TEST("an IPv6 destination is 28 bytes")
    {
        begin_v6();
        expect_equal(send(AF_INET6), SK_PASS);
        expect_equal(mock_pushed, 28);
        expect_equal(mock_pulled, 28);
        expect_bytes(mock_stream + PAYLOAD - 28, tlv_v6, 28);
    }
    TEST("nothing is written behind it, or in front")
    {
        begin_v4();
        send(AF_INET);
        expect_bytes(mock_stream + PAYLOAD, filling, 16);
        expect_bytes(mock_stream + PAYLOAD - 32, filling, 16);
    }
    test_finish();
}

CHECK("tc", "AP-8 kTLS")
int sendmsg_ktls_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("the transmit key is there before the first byte: refused")
    {
        begin_v4();
        mock_socket.has_ulp = true;
        expect_equal(send(AF_INET), SK_DROP);
        expect_untouched();
        expect_equal(mock_calls.logged, 1);
    }
    TEST("it came behind the TLV: passed")
    {
        begin_v4();
        mock_socket.has_ulp = true;
        mock_socket.storage.encoded = 1;
        expect_equal(send(AF_INET), SK_PASS);
        expect_equal(mock_pushed, 0);
    }
    test_finish();
}

CHECK("tc", "TL-2 once")
int sendmsg_once_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("the storage says that it was written")
    {
        begin_v4();
        send(AF_INET);
        expect_equal(mock_socket.storage.encoded, 1);
    }
    TEST("a second message carries none")
    {
        begin_v4();
        send(AF_INET);
        expect_equal(send(AF_INET), SK_PASS);
        expect_equal(mock_pushed, 16);
    }
    test_finish();
}

CHECK("tc", "TL-7 no waypoint flow")
int sendmsg_other_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("no socket: passed")
    {
        begin_v4();
        expect_equal(send_without_socket(), SK_PASS);
        expect_untouched();
    }
    TEST("no storage: passed, and none is made")
    {
        begin();
        expect_equal(send(AF_INET), SK_PASS);
        expect_untouched();
        expect(!mock_socket.has_storage);
    }
    TEST("a storage without a waypoint: passed")
    {
        begin_v4();
        mock_socket.storage.via_waypoint = 0;
        expect_equal(send(AF_INET), SK_PASS);
        expect_untouched();
    }
    test_finish();
}

CHECK("tc", "TL-8 bytes in front of the TLV")
int sendmsg_late_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("bytes were sent: dropped, with an error in the log")
    {
        begin_v4();
        mock_socket.is_sent = true;
        expect_equal(send(AF_INET), SK_DROP);
        expect_untouched();
        expect_equal(mock_calls.logged, 1);
    }
    TEST("bytes wait to be sent: dropped")
    {
        begin_v4();
        mock_socket.is_queued = true;
        expect_equal(send(AF_INET), SK_DROP);
        expect_untouched();
    }
    test_finish();
}

CHECK("tc", "TL-8 no room")
int sendmsg_room_check(struct __sk_buff *ctx)
{
    test_init();
    TEST("IPv4, the push fails: dropped, with an error in the log")
    {
        begin_v4();
        mock_push_error = -12;
        expect_equal(send(AF_INET), SK_DROP);
        expect_untouched();
        expect_equal(mock_calls.logged, 1);
    }
    TEST("IPv6, the push fails: dropped, with an error in the log")
    {
        begin_v6();
        mock_push_error = -12;
        expect_equal(send(AF_INET6), SK_DROP);
        expect_untouched();
        expect_equal(mock_calls.logged, 1);
    }
    TEST("the pull fails: dropped, and not taken for written")
    {
        begin_v4();
        mock_pull_error = -12;
        expect_equal(send(AF_INET), SK_DROP);
        expect_equal(mock_socket.storage.encoded, 0);
    }
    TEST("the log is full as well: dropped all the same")
    {
        begin_v4();
        mock_push_error = -12;
        mock_ring_full = true;
        expect_equal(send(AF_INET), SK_DROP);
        expect_equal(mock_calls.logged, 0);
    }
    test_finish();
}
