// SPDX-License-Identifier: Apache-2.0
#include "net/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "common/cleanup.h"
#include "common/log.h"

/* An acknowledgement occupies up to 1 KiB of the receive buffer: a batch's must fit in it. */
#define NETLINK_BATCH_MAX    128
#define NETLINK_BUFFER_SIZE  (32 * 1024)
#define NETLINK_RECEIVE_SIZE (32 * 1024)
#define NETLINK_RCVBUF       (NETLINK_BATCH_MAX * 4096)

struct netlink_label {
    const char *what, *subject;
    bool acked;
};

struct netlink {
    struct mnl_socket *socket;
    int protocol;
    uint32_t first; /* sequence number of the batch's first request */
    int error;      /* the first since the last flush */
    size_t n;
    struct nlmsghdr *last; /* in buffer; its length grows until the next request */
    struct netlink_label labels[NETLINK_BATCH_MAX];
    _Alignas(NLMSG_ALIGNTO) char buffer[NETLINK_BUFFER_SIZE];
    _Alignas(NLMSG_ALIGNTO) char received[NETLINK_RECEIVE_SIZE];
};

/* Acknowledgements are written before sendto() returns; the limit is for a kernel gone wrong. */
static int netlink_set_options(const struct netlink *nl)
{
    const struct timeval limit = {.tv_sec = 30};
    int fd = mnl_socket_get_fd(nl->socket), on = 1, size = NETLINK_RCVBUF;

    (void)mnl_socket_setsockopt(nl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
    (void)mnl_socket_setsockopt(nl->socket, NETLINK_CAP_ACK, &on, sizeof(on));
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
        return err_r(errno, "cannot enlarge a netlink socket's buffer");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
        return err_r(errno, "cannot limit a netlink socket's waiting");
    return 0;
}

static int netlink_open(int protocol, uint32_t groups, struct netlink **out)
{
    _cleanup_(netlink_free) struct netlink *nl = malloc(sizeof(*nl));
    int r;

    if (!nl)
        return err_r(ENOMEM, "cannot open a netlink socket");
    memset(nl, 0, offsetof(struct netlink, labels));
    nl->first = 1;
    nl->protocol = protocol;
    nl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
    if (!nl->socket)
        return err_r(errno, "cannot open a netlink socket");
    if (mnl_socket_bind(nl->socket, groups, MNL_SOCKET_AUTOPID) < 0)
        return err_r(errno, "cannot bind a netlink socket");
    r = netlink_set_options(nl);
    if (r < 0)
        return r;
    *out = TAKE_PTR(nl);
    return 0;
}

int netlink_new(uint32_t groups, struct netlink **out)
{
    return netlink_open(NETLINK_ROUTE, groups, out);
}

int netlink_new_xfrm(struct netlink **out)
{
    return netlink_open(NETLINK_XFRM, 0, out);
}

void netlink_free(struct netlink **nl)
{
    if (!*nl)
        return;
    if ((*nl)->protocol == NETLINK_XFRM)
        explicit_bzero((*nl)->buffer, sizeof((*nl)->buffer));
    if ((*nl)->socket)
        mnl_socket_close((*nl)->socket);
    free(*nl);
    *nl = NULL;
}

static size_t netlink_used(const struct netlink *nl)
{
    return nl->last ? (size_t)((char *)nl->last - nl->buffer) + NLMSG_ALIGN(nl->last->nlmsg_len)
                    : 0;
}

static const char *netlink_verb(const struct netlink *nl, uint16_t type)
{
    /* rtnetlink numbers NEW, DEL, GET, SET in this order for every kind of object. */
    static const char *const verbs[] = {"add", "remove", "read", "change"};

    if (nl->protocol == NETLINK_XFRM)
        return verbs[type == XFRM_MSG_FLUSHSA || type == XFRM_MSG_FLUSHPOLICY ? 1 : 0];
    return verbs[type & 3];
}

static const struct nlmsghdr *netlink_sent(const struct netlink *nl, uint32_t seq)
{
    const char *at = nl->buffer;

    for (uint32_t i = nl->first; i < seq; i++)
        at += NLMSG_ALIGN(((const struct nlmsghdr *)at)->nlmsg_len);
    return (const struct nlmsghdr *)at;
}

static int netlink_text_attr(const struct nlattr *attr, void *data)
{
    const char **text = data;

    if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
        mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
        *text = mnl_attr_get_str(attr);
    return MNL_CB_OK;
}

/* The kernel's own words for a refusal, where it has some. */
static const char *netlink_text(const struct nlmsghdr *ack)
{
    const char *text = NULL;

    if ((ack->nlmsg_flags & NLM_F_ACK_TLVS) && (ack->nlmsg_flags & NLM_F_CAPPED))
        (void)mnl_attr_parse(ack, sizeof(struct nlmsgerr), netlink_text_attr, &text);
    return text;
}

static void netlink_refused(struct netlink *nl, const struct nlmsghdr *ack, int code)
{
    const struct netlink_label *label = &nl->labels[ack->nlmsg_seq - nl->first];
    const char *verb = netlink_verb(nl, netlink_sent(nl, ack->nlmsg_seq)->nlmsg_type);
    const char *text = netlink_text(ack);

    if (nl->error || !label->subject)
        return;
    nl->error = err_r(code, "cannot %s the %s of '%s'%s%s%s", verb, label->what, label->subject,
                      text ? " (" : "", text ? text : "", text ? ")" : "");
}

/* One datagram of answers; returns how many acknowledgements of this batch were new in it. */
static size_t netlink_read_acks(struct netlink *nl, int length)
{
    const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->received;
    size_t n = 0;

    for (; mnl_nlmsg_ok(nlh, length); nlh = mnl_nlmsg_next(nlh, &length)) {
        const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
        uint32_t index = nlh->nlmsg_seq - nl->first;

        if (nlh->nlmsg_type != NLMSG_ERROR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*e) ||
            index >= nl->n || nl->labels[index].acked)
            continue;
        nl->labels[index].acked = true;
        n++;
        if (e->error)
            netlink_refused(nl, nlh, e->error);
    }
    return n;
}

static int netlink_exchange(struct netlink *nl)
{
    size_t left = nl->n;

    if (mnl_socket_sendto(nl->socket, nl->buffer, netlink_used(nl)) < 0)
        return err_r(errno, "cannot send netlink requests");
    while (left > 0) {
        ssize_t length = mnl_socket_recvfrom(nl->socket, nl->received, sizeof(nl->received));

        if (length < 0)
            return err_r(errno, "%zu of %zu netlink requests were not acknowledged", left, nl->n);
        left -= netlink_read_acks(nl, (int)length);
    }
    return 0;
}

static void netlink_submit(struct netlink *nl)
{
    int r = nl->n > 0 ? netlink_exchange(nl) : 0;

    if (r < 0 && !nl->error)
        nl->error = r;
    nl->first += nl->n;
    nl->n = 0;
    nl->last = NULL;
}

struct nlmsghdr *netlink_request(struct netlink *nl, uint16_t type, uint16_t flags,
                                 const char *what, const char *subject)
{
    if (nl->n == NETLINK_BATCH_MAX || netlink_used(nl) + NETLINK_REQUEST_MAX > sizeof(nl->buffer))
        netlink_submit(nl);
    nl->last = mnl_nlmsg_put_header(nl->buffer + netlink_used(nl));
    nl->last->nlmsg_type = type;
    nl->last->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    nl->last->nlmsg_seq = nl->first + (uint32_t)nl->n;
    nl->labels[nl->n++] = (struct netlink_label){.what = what, .subject = subject};
    return nl->last;
}

int netlink_flush(struct netlink *nl)
{
    int r;

    netlink_submit(nl);
    r = nl->error;
    nl->error = 0;
    return r;
}

struct netlink_call {
    netlink_fn fn;
    void *data;
    int result;
};

static int netlink_deliver(const struct nlmsghdr *nlh, void *data)
{
    struct netlink_call *call = data;

    call->result = call->fn(nlh, call->data);
    return call->result < 0 ? MNL_CB_STOP : MNL_CB_OK;
}

int netlink_dump(struct netlink *nl, uint16_t type, netlink_fn fn, void *data)
{
    struct netlink_call call = {.fn = fn, .data = data};
    uint32_t seq = nl->first++;
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->buffer);
    int r = MNL_CB_OK;

    nlh->nlmsg_type = type;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    nlh->nlmsg_seq = seq;
    mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
    if (mnl_socket_sendto(nl->socket, nlh, nlh->nlmsg_len) < 0)
        return err_r(errno, "cannot send to rtnetlink");
    while (r == MNL_CB_OK) {
        ssize_t length = mnl_socket_recvfrom(nl->socket, nl->received, sizeof(nl->received));

        if (length < 0)
            return err_r(errno, "cannot read a dump from rtnetlink");
        r = mnl_cb_run(nl->received, (size_t)length, seq, 0, netlink_deliver, &call);
    }
    if (r < 0)
        return err_r(errno, "rtnetlink refused a dump");
    return call.result < 0 ? call.result : 0;
}

int netlink_listen(struct netlink *nl, int deadline_ms, netlink_fn fn, void *data)
{
    struct pollfd pollfd = {.fd = mnl_socket_get_fd(nl->socket), .events = POLLIN};
    struct netlink_call call = {.fn = fn, .data = data};
    ssize_t length;
    int r = poll(&pollfd, 1, deadline_ms);

    if (r <= 0)
        return r < 0 ? -errno : -ETIMEDOUT;
    length = mnl_socket_recvfrom(nl->socket, nl->received, sizeof(nl->received));
    if (length < 0)
        return -errno;
    (void)mnl_cb_run(nl->received, (size_t)length, 0, 0, netlink_deliver, &call);
    return call.result < 0 ? call.result : 0;
}
