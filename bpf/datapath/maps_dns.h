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
    __be32 server; /* that was asked; 0: a free slot */
    __be16 id;     /* of the DNS message */
    __u16 zero;
};

/* A socket whose datagrams to port 53 went to the proxy. Addresses of servers are 0 for none. */
struct dns_socket {
    struct bpf_spin_lock lock;
    __be32 proxy;     /* where its queries went */
    __be32 connected; /* the server of connect(), valid while the socket is connected */
    __be32 asked;     /* the server of the datagram under way, until egress has seen that */
    __be32 only;      /* the server, while there was no other */
    __be32 read_last; /* the server of the reply that was read last */
    __u32 several;    /* 1: more than one server was asked */
    __u32 n_queries;  /* ever; the next one's slot */
    __u32 n_arrived;  /* replies, ever; the next one's slot */
    __u32 n_read;     /* replies, ever: those up to n_arrived wait in the receive queue */
    __u64 arrived_ns; /* the last reply */
    struct dns_query queries[DNS_QUERIES];
    __be32 replies[DNS_REPLIES]; /* the server of each; 0: it answers no query that is known */
};

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct dns_socket);
} km_dns SEC(".maps");
