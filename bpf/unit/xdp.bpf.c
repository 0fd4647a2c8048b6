// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xdp_authz and the programs behind its tail calls, run as they are: packets are built, the maps
 * and globals are real, nothing is mocked. Behaviours: XD-1, XD-2, XD-3, XD-22, XD-34.
 */
#include "unit/include/unit.h"

#include "datapath/xdp.bpf.c"

#include "unit/include/packet.h"

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(key_size, sizeof(__u32));
    __uint(max_entries, 1);
    __array(values, int(void *));
} entry SEC(".maps") = {.values = {[0] = (void *)&xdp_authz}};

static __always_inline void tuple_v4(struct bpf_sock_tuple *tuple)
{
    __builtin_memset(tuple, 0, sizeof(*tuple));
    tuple->ipv4.saddr = CLIENT_V4;
    tuple->ipv4.daddr = SERVER_V4;
    tuple->ipv4.sport = CLIENT_PORT;
    tuple->ipv4.dport = SERVER_PORT;
}

static __always_inline void tuple_v6(struct bpf_sock_tuple *tuple)
{
    __builtin_memset(tuple, 0, sizeof(*tuple));
    tuple->ipv6.saddr[0] = tuple->ipv6.daddr[0] = PREFIX_V6;
    tuple->ipv6.saddr[3] = CLIENT_V6;
    tuple->ipv6.daddr[3] = SERVER_V6;
    tuple->ipv6.sport = CLIENT_PORT;
    tuple->ipv6.dport = SERVER_PORT;
}

/* The server is managed in both families. */
static __always_inline void manage(void)
{
    struct ip v4 = {.word[0] = SERVER_V4}, v6 = {.word = {PREFIX_V6, 0, 0, SERVER_V6}};
    __u32 zero = 0;

    bpf_map_update_elem(&km_manage, &v4, &zero, BPF_ANY);
    bpf_map_update_elem(&km_manage, &v6, &zero, BPF_ANY);
}

/* User space has answered, for the connection in both families. */
static __always_inline void answer(__u32 with)
{
    struct bpf_sock_tuple tuple;

    tuple_v4(&tuple);
    bpf_map_update_elem(&km_auth_res, &tuple, &with, BPF_ANY);
    tuple_v6(&tuple);
    bpf_map_update_elem(&km_auth_res, &tuple, &with, BPF_ANY);
}

static __always_inline bool is_answered_v4(void)
{
    struct bpf_sock_tuple tuple;

    tuple_v4(&tuple);
    return bpf_map_lookup_elem(&km_auth_res, &tuple) != NULL;
}

static __always_inline bool is_answered_v6(void)
{
    struct bpf_sock_tuple tuple;

    tuple_v6(&tuple);
    return bpf_map_lookup_elem(&km_auth_res, &tuple) != NULL;
}

/* The server's workload has a policy, without rules. */
static __always_inline void policy(__u32 action)
{
    struct policy_authorization policy = {.action = action};
    struct policy_workload policies = {.ids = {1}};
    struct ip ip = {.word[0] = SERVER_V4};
    __u32 uid = 5, id = 1;

    bpf_map_update_elem(&km_frontend, &ip, &uid, BPF_ANY);
    bpf_map_update_elem(&km_wlpolicy, &uid, &policies, BPF_ANY);
    bpf_map_update_elem(&km_authz_policy, &id, &policy, BPF_ANY);
}

/* Each test: a packet, what is prepared, and a check behind it. */
#define XDP_TEST(id, title, packet, prepare)                                                       \
    PKTGEN("xdp", title) int id##_pktgen(struct xdp_md *ctx)                                       \
    {                                                                                              \
        return packet;                                                                             \
    }                                                                                              \
    JUMP("xdp", title) int id##_jump(struct xdp_md *ctx)                                           \
    {                                                                                              \
        prepare;                                                                                   \
        bpf_tail_call(ctx, &entry, 0);                                                             \
        return XDP_ABORTED;                                                                        \
    }                                                                                              \
    CHECK("xdp", title) int id##_check(struct xdp_md *ctx)

/* The answer of xdp_authz, and that the packet is as it was built. */
#define expect_passed(size)                                                                        \
    ({                                                                                             \
        expect_equal(packet_status(ctx), XDP_PASS);                                                \
        expect_equal(packet_length(ctx), size);                                                    \
        expect(!packet_is_reset(ctx));                                                             \
    })

/* ---- XD-2: the programs decide ---- */

XDP_TEST(deny_v4, "XD-2 deny, IPv4", build_v4(ctx), ({ manage(), answer(AUTH_DENY); }))
{
    test_init();
    expect_equal(packet_status(ctx), XDP_DROP);
    expect(is_answered_v4());
    test_finish();
}

XDP_TEST(deny_v6, "XD-2 deny, IPv6", build_v6(ctx), ({ manage(), answer(AUTH_DENY); }))
{
    test_init();
    expect_equal(packet_status(ctx), XDP_DROP);
    expect(is_answered_v6());
    test_finish();
}

XDP_TEST(allow_v4, "XD-2 allow, IPv4", build_v4(ctx), ({ manage(), answer(0); }))
{
    test_init();
    expect_passed(LENGTH_V4);
    expect(is_answered_v4());
    test_finish();
}

XDP_TEST(allow_v6, "XD-2 allow, IPv6", build_v6(ctx), ({ manage(), answer(0); }))
{
    test_init();
    expect_passed(LENGTH_V6);
    test_finish();
}

XDP_TEST(open_v4, "XD-2 no answer and no policy", build_v4(ctx), manage())
{
    test_init();
    expect_passed(LENGTH_V4);
    test_finish();
}

XDP_TEST(policy_v4, "XD-22 a policy that allows nobody: what opens no connection passes",
         build_v4(ctx), ({ manage(), policy(POLICY_ALLOW); }))
{
    test_init();
    expect_passed(LENGTH_V4);
    test_finish();
}

XDP_TEST(policy_syn, "XD-22 a policy that allows nobody: what opens a connection is dropped",
         build_syn(ctx), ({ manage(), policy(POLICY_ALLOW); }))
{
    test_init();
    expect_equal(packet_status(ctx), XDP_DROP);
    expect(!is_answered_v4());
    test_finish();
}

XDP_TEST(policy_nobody, "XD-22 a policy that denies nobody", build_syn(ctx),
         ({ manage(), policy(POLICY_DENY); }))
{
    test_init();
    expect_passed(LENGTH_V4);
    test_finish();
}

XDP_TEST(options_v4, "XD-34 deny, IP options", build_options(ctx),
         ({ manage(), answer(AUTH_DENY); }))
{
    test_init();
    expect_equal(packet_status(ctx), XDP_DROP);
    test_finish();
}

XDP_TEST(other_v4, "XD-2 deny, and a pod that is not managed", build_v4(ctx), answer(AUTH_DENY))
{
    test_init();
    expect_passed(LENGTH_V4);
    test_finish();
}

/* ---- XD-1: user space has decided ---- */

#define in_user_space(what)                                                                        \
    ({                                                                                             \
        authz_offload = 0;                                                                         \
        manage();                                                                                  \
        what;                                                                                      \
    })

XDP_TEST(reset_v4, "XD-1 deny, IPv4", build_v4(ctx), in_user_space(answer(AUTH_DENY)))
{
    test_init();
    TEST("the segment becomes a reset that the server believes")
    {
        expect_equal(packet_status(ctx), XDP_PASS);
        expect_equal(packet_length(ctx), sizeof(struct frame_v4));
        expect_reset_v4(ctx);
    }
    TEST("the answer is consumed")
    {
        expect(!is_answered_v4());
        expect(is_answered_v6());
    }
    test_finish();
}

XDP_TEST(reset_v6, "XD-1 deny, IPv6", build_v6(ctx), in_user_space(answer(AUTH_DENY)))
{
    test_init();
    TEST("the segment becomes a reset that the server believes")
    {
        expect_equal(packet_status(ctx), XDP_PASS);
        expect_equal(packet_length(ctx), sizeof(struct frame_v6));
        expect_reset_v6(ctx);
    }
    TEST("the answer is consumed")
    {
        expect(!is_answered_v6());
        expect(is_answered_v4());
    }
    test_finish();
}

XDP_TEST(reset_options, "XD-1 deny, IP options", build_options(ctx),
         in_user_space(answer(AUTH_DENY)))
{
    test_init();
    TEST("the segment becomes a reset, and its options stay")
    {
        struct frame_options frame = packet_options(ctx);
        __u32 size = sizeof(frame.ip) + sizeof(frame.options);

        expect_equal(packet_status(ctx), XDP_PASS);
        expect_equal(packet_length(ctx), sizeof(frame));
        expect_reset(frame);
        expect_equal(bpf_ntohs(frame.ip.tot_len), sizeof(frame) - sizeof(frame.ethernet));
        expect_equal_hex(packet_fold(packet_sum(&frame.ip, size, 0)), 0xffff);
    }
    test_finish();
}

XDP_TEST(user_allow, "XD-1 allow", build_v4(ctx), in_user_space(answer(0)))
{
    test_init();
    expect_passed(LENGTH_V4);
    expect(is_answered_v4());
    test_finish();
}

XDP_TEST(user_none, "XD-1 consumed: no answer any more", build_v4(ctx), in_user_space({}))
{
    test_init();
    expect_passed(LENGTH_V4);
    test_finish();
}

/* ---- XD-3: what is not plainly a TCP segment, for a connection that is denied ---- */

#define ODD_TEST(id, title, packet, size)                                                          \
    XDP_TEST(id, "XD-3 " title, packet, ({ manage(), answer(AUTH_DENY); }))                        \
    {                                                                                              \
        test_init();                                                                               \
        expect_passed(size);                                                                       \
        test_finish();                                                                             \
    }                                                                                              \
    XDP_TEST(id##_user, "XD-3 " title ", user space", packet, in_user_space(answer(AUTH_DENY)))    \
    {                                                                                              \
        test_init();                                                                               \
        expect_passed(size);                                                                       \
        expect(is_answered_v4());                                                                  \
        test_finish();                                                                             \
    }

ODD_TEST(empty, "an Ethernet header alone", build_cut(ctx, 14), 14)
ODD_TEST(short_ip, "a cut IP header", build_cut(ctx, 14 + 19), 14 + 19)
ODD_TEST(short_tcp, "a cut TCP header", build_cut(ctx, 14 + 20 + 19), 14 + 20 + 19)
ODD_TEST(short_tcp6, "a cut TCP header, IPv6", build_cut_v6(ctx, 14 + 40 + 19), 14 + 40 + 19)
ODD_TEST(udp, "UDP", build_with(ctx, protocol, IPPROTO_UDP), LENGTH_V4)
ODD_TEST(fragment, "a fragment", build_with(ctx, frag_off, bpf_htons(1)), LENGTH_V4)
ODD_TEST(more, "a first fragment", build_with(ctx, frag_off, bpf_htons(0x2000)), LENGTH_V4)
ODD_TEST(vlan, "a VLAN tag", build_ethertype(ctx, bpf_htons(0x8100)), LENGTH_V4)
ODD_TEST(too_short, "an IP length that has no TCP header", build_with(ctx, tot_len, bpf_htons(30)),
         LENGTH_V4)
