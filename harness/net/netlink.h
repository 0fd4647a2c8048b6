/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches of requests to rtnetlink, or to xfrm. Requests are collected in one buffer and go to the
 * kernel in one system call; every one asks for its acknowledgement, and every acknowledgement is
 * read.
 *
 * A failure to send or a refusal is remembered until netlink_flush(), so that the functions that
 * write requests need not check anything:
 *
 *     struct nlmsghdr *nlh = netlink_request(nl, RTM_NEWADDR, NLM_F_CREATE, "address", pod);
 *     struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
 *     mnl_attr_put(nlh, IFA_LOCAL, 4, bytes);
 *     …
 *     r = netlink_flush(nl);
 */
#pragma once

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdint.h>

/* The most that one request may hold, header and attributes. */
#define NETLINK_REQUEST_MAX 1024

struct netlink;

/* A socket in the calling thread's network namespace; it stays there. `groups` is a mask of
 * RTMGRP_* to hear from, or 0. */
int netlink_new(uint32_t groups, struct netlink **out);
/* The same for xfrm's messages, without groups. -EPROTONOSUPPORT where the kernel has no xfrm. */
int netlink_new_xfrm(struct netlink **out);
/* Takes NULL; clears *nl, and wipes the keys that were in it. What was not flushed is not sent. */
void netlink_free(struct netlink **nl);

/*
 * Begins a request; its extra header and attributes are put with libmnl until the next request or
 * flush, which may not be more than NETLINK_REQUEST_MAX bytes. NLM_F_REQUEST and NLM_F_ACK are
 * added to `flags`. `what` and `subject` are for the error ("cannot add WHAT of 'SUBJECT'"); they
 * are borrowed until the flush. Without a subject a refusal is no error. Sends what was collected
 * when the buffer is full.
 */
struct nlmsghdr *netlink_request(struct netlink *nl, uint16_t type, uint16_t flags,
                                 const char *what, const char *subject);
/* Sends what was collected and reads every acknowledgement. Returns the first error since the last
 * flush; the one sentence about it was said then. */
int netlink_flush(struct netlink *nl);

/* Called for every message of a dump, or every notification; a negative return ends it. */
typedef int (*netlink_fn)(const struct nlmsghdr *nlh, void *data);
/* Asks for all objects of a kind: RTM_GETLINK and the like with an AF_UNSPEC header. */
int netlink_dump(struct netlink *nl, uint16_t type, netlink_fn fn, void *data);
/* Waits for notifications of the groups and hands over those that have arrived. -ETIMEDOUT when
 * none came within deadline_ms; -ENOBUFS when some were lost. Says nothing about either. */
int netlink_listen(struct netlink *nl, int deadline_ms, netlink_fn fn, void *data);
