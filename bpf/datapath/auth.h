/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asking user space whether an accepted connection is allowed, and dropping its answer when the
 * connection is gone: SO-1 … SO-3, SO-7. Who carries the answer out is XDP.
 */
#pragma once

#include "datapath/ends.h"
#include "datapath/log.h"
#include "datapath/maps_auth_req.h"
#include "datapath/maps_auth_res.h"

/* Where health probes come from; IPv4 as ::ffff:a.b.c.d, all zero is none. */
__u32 node_ip[4];
__u32 pod_gateway[4];

/* The last request found no room: a ring that nobody reads is worth one line in the log, not one
 * for each connection. */
static bool auth_is_lost;

static __always_inline bool auth_is_from(const struct ends *ends, const __u32 *address)
{
    struct ip other = {.word = {address[0], address[1], address[2], address[3]}};
    struct ip v4 = {.word[0] = other.word[3]};

    if (ends->v4)
        return ip_is_mapped(&other) && ip_equal(&ends->remote, &v4);
    return ip_equal(&ends->remote, &other);
}

static __always_inline void auth_ask(const struct ends *ends)
{
    struct auth_request request = {.family = ends->v4 ? WIRE_V4 : WIRE_V6};
    long error;

    if (auth_is_from(ends, node_ip) || auth_is_from(ends, pod_gateway))
        return;
    ends_tuple(ends, false, &request.tuple);
    error = bpf_ringbuf_output(&km_auth_req, &request, sizeof(request), 0);
    if (error && !auth_is_lost)
        log_error("port %u: cannot ask for authorization (%ld), nobody reads km_auth_req",
                  ends->local_port, error);
    auth_is_lost = error;
}

static __always_inline void auth_forget(const struct ends *ends)
{
    struct bpf_sock_tuple tuple = {};

    ends_tuple(ends, false, &tuple);
    bpf_map_delete_elem(&km_auth_res, &tuple);
}
