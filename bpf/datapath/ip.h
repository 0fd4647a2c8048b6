/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Addresses in the form of the maps. An IPv4 address is 16 bytes whose last 12 are zero; an IPv6
 * address that looks like that cannot be told from it, and is therefore no address at all here.
 */
#pragma once

#include <linux/in.h>
#include <linux/in6.h>

#include <bpf/bpf_endian.h>

#include "datapath/types.h"

static __always_inline bool ip_has_tail(const struct ip *ip)
{
    return ip->word[1] | ip->word[2] | ip->word[3];
}

static __always_inline bool ip_is_set(const struct ip *ip)
{
    return ip->word[0] || ip_has_tail(ip);
}

static __always_inline bool ip_is_v4(const struct ip *ip)
{
    return ip->word[0] && !ip_has_tail(ip);
}

/* ::ffff:a.b.c.d */
static __always_inline bool ip_is_mapped(const struct ip *ip)
{
    return !ip->word[0] && !ip->word[1] && ip->word[2] == bpf_htonl(0xffff);
}

/* An IPv6 address, in a table or asked for, that is not IPv4 in any disguise. */
static __always_inline bool ip_is_v6(const struct ip *ip)
{
    return ip_has_tail(ip) && !ip_is_mapped(ip);
}

static __always_inline bool ip_equal(const struct ip *a, const struct ip *b)
{
    return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->word[2] == b->word[2] &&
           a->word[3] == b->word[3];
}

/* IPv6 extension headers that programs pass by, and how many of them. */
#define IP_EXTENSIONS 8

static __always_inline bool ip_is_extension(__u8 next)
{
    return next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_ROUTING ||
           next == IPPROTO_FRAGMENT;
}

/* The IPv6 address of a hook's context, read in words of 32 bits: the verifier takes no others. */
static __always_inline struct ip ip_of_user(const struct bpf_sock_addr *ctx)
{
    struct ip ip;

    ip.word[0] = ctx->user_ip6[0];
    ip.word[1] = ctx->user_ip6[1];
    ip.word[2] = ctx->user_ip6[2];
    ip.word[3] = ctx->user_ip6[3];
    return ip;
}
