/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a witness writes to a pod's ring of events (log.h): one record per run of a socket-address
 * hook. The one description of the record for the programs and for the harness.
 */
#pragma once

#include <linux/types.h>

enum witness_place {
    WITNESS_BEFORE = 1, /* as the application made the call */
    WITNESS_AFTER = 2,  /* as the programs left it */
};

enum witness_hook {
    WITNESS_CONNECT = 1,
    WITNESS_SENDMSG = 2,
    WITNESS_RECVMSG = 3,
};

struct witness_event {
    __u64 time_ns;       /* CLOCK_MONOTONIC */
    __u64 socket_cookie; /* SO_COOKIE of the socket */
    __u64 netns_cookie;  /* SO_NETNS_COOKIE of its namespace */
    __u8 address[16];    /* user_ip4 in the first 4 bytes, or user_ip6; network byte order */
    __u16 port;          /* user_port; network byte order */
    __u8 place;          /* enum witness_place */
    __u8 hook;           /* enum witness_hook */
    __u8 family;         /* of the hook: AF_INET or AF_INET6 */
    __u8 protocol;       /* IPPROTO_TCP or IPPROTO_UDP */
    __u8 unused[2];
};

#ifdef __cplusplus
static_assert(sizeof(struct witness_event) == 48, "witness_event");
#else
_Static_assert(sizeof(struct witness_event) == 48, "witness_event");
#endif
