/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the datapath remembers of a UDP socket that has asked a name server. The map is our own.
 */
#pragma once

#include <bpf/bpf_helpers.h>

#include "datapath/types.h"

/* Powers of two. */
#define DNS_QUERIES 32 /* of one socket that may be unanswered */
#define DNS_REPLIES 32 /* of one socket that may be unread */

struct dns_query {
    struct ip server; /* that was asked; none: a free slot */
    __be16 id;        /* of the DNS message */
    __u16 zero;
};

/* A socket whose datagrams to port 53 went to the proxy. Addresses as the maps hold them. */
struct dns_socket {
    struct bpf_spin_lock lock;
    __u32 several;       /* 1: more than one server was asked */
    __u64 sk;            /* the socket's address in the kernel: kernel_datagrams() */
    struct ip proxy;     /* where its queries went */
    struct ip connected; /* the server of connect(), valid while the socket is connected */
    struct ip asked;     /* the server of the datagram under way, until egress has seen that */
    struct ip only;      /* the server, while there was no other */
    __u32 n_queries;     /* ever; the next one's slot */
    __u32 n_arrived;     /* datagrams that were put into its queue, ever; the next one's slot */
    __u32 dropped;       /* the kernel's count, when it was looked at last */
    __u32 zero;
    struct dns_query queries[DNS_QUERIES];
    struct ip
        replies[DNS_REPLIES]; /* the server of each; none: it answers no query that is known */
};

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct dns_socket);
} km_dns SEC(".maps");
