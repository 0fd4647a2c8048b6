/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames for the tests of XDP programs: one TCP segment with a payload, from a client to a server.
 * In check programs the middle program's answer stands in front of the frame. */
#pragma once

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "unit/include/unit.h"

#define CLIENT_V4   bpf_htonl(0x0a00000f) /* 10.0.0.15 */
#define SERVER_V4   bpf_htonl(0x0a01000f) /* 10.1.0.15 */
#define PREFIX_V6   bpf_htonl(0xfd000000) /* fd00::1, fd00::2 */
#define CLIENT_V6   bpf_htonl(1)
#define SERVER_V6   bpf_htonl(2)
#define CLIENT_PORT 23445
#define SERVER_PORT 80
#define SEQUENCE    0x12345678
#define PAYLOAD     20

struct frame_v4 {
    struct ethhdr ethernet;
    struct iphdr ip;
    struct tcphdr tcp;
} __attribute__((packed));

struct frame_v6 {
    struct ethhdr ethernet;
    struct ipv6hdr ip;
    struct tcphdr tcp;
} __attribute__((packed));

struct frame_options {
    struct ethhdr ethernet;
    struct iphdr ip;
    __u32 options;
    struct tcphdr tcp;
} __attribute__((packed));

#define LENGTH_V4      (sizeof(struct frame_v4) + PAYLOAD)
#define LENGTH_V6      (sizeof(struct frame_v6) + PAYLOAD)
#define LENGTH_OPTIONS (sizeof(struct frame_options) + PAYLOAD)

static __always_inline __u32 frame_size(struct xdp_md *ctx)
{
    return (__u32)(ctx->data_end - ctx->data);
}

/* Cuts the packet, which the first program gets as long as can be. */
static __always_inline int frame_cut(struct xdp_md *ctx, __u32 size)
{
    return bpf_xdp_adjust_tail(ctx, (int)size - (int)frame_size(ctx)) ? TEST_ERROR : TEST_PASS;
}

/* The internet checksum of an even number of bytes: 0xffff where it is right. */
static __always_inline __u32 packet_sum(const void *bytes, __u32 size, __u32 sum)
{
    const __u8 *at = bytes;

    for (__u32 i = 0; i < size; i += 2)
        sum += at[i] << 8 | at[i + 1];
    return sum;
}

static __always_inline __u32 packet_fold(__u32 sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

/* Of an IP header of so many bytes, in which the sum is zero. */
static __always_inline __sum16 frame_sum(const void *ip, __u32 size)
{
    return bpf_htons(~packet_fold(packet_sum(ip, size, 0)));
}

static __always_inline struct tcphdr frame_tcp(void)
{
    return (struct tcphdr){.source = bpf_htons(CLIENT_PORT),
                           .dest = bpf_htons(SERVER_PORT),
                           .seq = bpf_htonl(SEQUENCE),
                           .doff = 5,
                           .ack = 1,
                           .window = bpf_htons(1000)};
}

static __always_inline struct frame_v4 *frame_v4(struct xdp_md *ctx)
{
    struct frame_v4 *frame = (void *)(long)ctx->data;

    if ((void *)(frame + 1) > (void *)(long)ctx->data_end)
        return NULL;
    *frame = (struct frame_v4){
        .ethernet = {.h_proto = bpf_htons(ETH_P_IP)},
        .ip = {.version = 4,
               .ihl = 5,
               .tot_len = bpf_htons(LENGTH_V4 - sizeof(struct ethhdr)),
               .ttl = 64,
               .protocol = IPPROTO_TCP,
               .saddr = CLIENT_V4,
               .daddr = SERVER_V4},
        .tcp = frame_tcp(),
    };
    frame->ip.check = frame_sum(&frame->ip, sizeof(frame->ip));
    return frame;
}

static __always_inline struct frame_v6 *frame_v6(struct xdp_md *ctx)
{
    struct frame_v6 *frame = (void *)(long)ctx->data;

    if ((void *)(frame + 1) > (void *)(long)ctx->data_end)
        return NULL;
    *frame = (struct frame_v6){
        .ethernet = {.h_proto = bpf_htons(ETH_P_IPV6)},
        .ip = {.version = 6,
               .payload_len = bpf_htons(sizeof(struct tcphdr) + PAYLOAD),
               .nexthdr = IPPROTO_TCP,
               .hop_limit = 64},
        .tcp = frame_tcp(),
    };
    frame->ip.saddr.s6_addr32[0] = frame->ip.daddr.s6_addr32[0] = PREFIX_V6;
    frame->ip.saddr.s6_addr32[3] = CLIENT_V6;
    frame->ip.daddr.s6_addr32[3] = SERVER_V6;
    return frame;
}

static __always_inline int build_v4(struct xdp_md *ctx)
{
    return frame_v4(ctx) ? frame_cut(ctx, LENGTH_V4) : TEST_ERROR;
}

static __always_inline int build_v6(struct xdp_md *ctx)
{
    return frame_v6(ctx) ? frame_cut(ctx, LENGTH_V6) : TEST_ERROR;
}

/* Four bytes of IP options, which do nothing. */
static __always_inline int build_options(struct xdp_md *ctx)
{
    struct frame_options *options = (void *)(long)ctx->data;
    struct frame_v4 *frame = frame_v4(ctx);

    if (!frame || (void *)(options + 1) > (void *)(long)ctx->data_end)
        return TEST_ERROR;
    options->tcp = frame_tcp();
    options->options = bpf_htonl(0x01010101);
    options->ip.ihl = 6;
    options->ip.tot_len = bpf_htons(LENGTH_OPTIONS - sizeof(struct ethhdr));
    options->ip.check = 0;
    options->ip.check = frame_sum(&options->ip, sizeof(options->ip) + sizeof(options->options));
    return frame_cut(ctx, LENGTH_OPTIONS);
}

/* The packet that opens a connection. */
static __always_inline int build_syn(struct xdp_md *ctx)
{
    struct frame_v4 *frame = frame_v4(ctx);

    if (!frame)
        return TEST_ERROR;
    frame->tcp.syn = 1;
    frame->tcp.ack = 0;
    return frame_cut(ctx, LENGTH_V4);
}

static __always_inline int build_cut(struct xdp_md *ctx, __u32 size)
{
    return frame_v4(ctx) ? frame_cut(ctx, size) : TEST_ERROR;
}

static __always_inline int build_cut_v6(struct xdp_md *ctx, __u32 size)
{
    return frame_v6(ctx) ? frame_cut(ctx, size) : TEST_ERROR;
}

/* With another value in a field of the IPv4 header. */
#define build_with(ctx, field, value)                                                              \
    ({                                                                                             \
        struct frame_v4 *_frame = frame_v4(ctx);                                                   \
        if (_frame)                                                                                \
            _frame->ip.field = (value);                                                            \
        _frame ? frame_cut(ctx, LENGTH_V4) : TEST_ERROR;                                           \
    })

static __always_inline int build_ethertype(struct xdp_md *ctx, __be16 type)
{
    struct frame_v4 *frame = frame_v4(ctx);

    if (!frame)
        return TEST_ERROR;
    frame->ethernet.h_proto = type;
    return frame_cut(ctx, LENGTH_V4);
}

/* ---- in check programs ---- */

static __always_inline __u32 packet_status(struct xdp_md *ctx)
{
    __u32 *status = (void *)(long)ctx->data;

    return (void *)(status + 1) > (void *)(long)ctx->data_end ? ~0U : *status;
}

static __always_inline __u32 packet_length(struct xdp_md *ctx)
{
    return frame_size(ctx) - sizeof(__u32);
}

/* Copies, which are zero where the packet ends before. */
static __always_inline struct frame_v4 packet_v4(struct xdp_md *ctx)
{
    struct frame_v4 frame = {};

    bpf_xdp_load_bytes(ctx, sizeof(__u32), &frame, sizeof(frame));
    return frame;
}

static __always_inline struct frame_options packet_options(struct xdp_md *ctx)
{
    struct frame_options frame = {};

    bpf_xdp_load_bytes(ctx, sizeof(__u32), &frame, sizeof(frame));
    return frame;
}

static __always_inline struct frame_v6 packet_v6(struct xdp_md *ctx)
{
    struct frame_v6 frame = {};

    bpf_xdp_load_bytes(ctx, sizeof(__u32), &frame, sizeof(frame));
    return frame;
}

static __always_inline bool packet_is_reset(struct xdp_md *ctx)
{
    return packet_v4(ctx).tcp.rst;
}

#define expect_reset(frame)                                                                        \
    ({                                                                                             \
        expect_equal((frame).tcp.rst, 1);                                                          \
        expect_equal((frame).tcp.syn, 0);                                                          \
        expect_equal((frame).tcp.fin, 0);                                                          \
        expect_equal((frame).tcp.doff, 5);                                                         \
        expect_equal(bpf_ntohs((frame).tcp.source), CLIENT_PORT);                                  \
        expect_equal(bpf_ntohs((frame).tcp.dest), SERVER_PORT);                                    \
        expect_equal_hex(bpf_ntohl((frame).tcp.seq), SEQUENCE);                                    \
    })

#define expect_reset_v4(ctx)                                                                       \
    ({                                                                                             \
        struct frame_v4 _f = packet_v4(ctx);                                                       \
        __u32 _sum = packet_sum(&_f.ip.saddr, 8, IPPROTO_TCP + sizeof(_f.tcp));                    \
        expect_reset(_f);                                                                          \
        expect_equal(bpf_ntohs(_f.ip.tot_len), sizeof(_f.ip) + sizeof(_f.tcp));                    \
        expect_equal_hex(packet_fold(packet_sum(&_f.ip, sizeof(_f.ip), 0)), 0xffff);               \
        expect_equal_hex(packet_fold(packet_sum(&_f.tcp, sizeof(_f.tcp), _sum)), 0xffff);          \
    })

#define expect_reset_v6(ctx)                                                                       \
    ({                                                                                             \
        struct frame_v6 _f = packet_v6(ctx);                                                       \
        __u32 _sum = packet_sum(&_f.ip.saddr, 32, IPPROTO_TCP + sizeof(_f.tcp));                   \
        expect_reset(_f);                                                                          \
        expect_equal(bpf_ntohs(_f.ip.payload_len), sizeof(_f.tcp));                                \
        expect_equal_hex(packet_fold(packet_sum(&_f.tcp, sizeof(_f.tcp), _sum)), 0xffff);          \
    })
