// SPDX-License-Identifier: Apache-2.0
#include "agent/datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/log.h"

#define DATAGRAM_MAX 65536

/* Room for the control messages; aligned as CMSG_FIRSTHDR() needs it. */
struct datagram_control {
    _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
                                        CMSG_SPACE(sizeof(struct in_pktinfo))];
};

/* The address that the datagram was sent to; the answer leaves from there because the same control
 * message is handed back with it, less the interface. */
static int datagram_local(struct msghdr *message, struct address *out)
{
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(message);

    if (!cmsg)
        return -ENOENT;
    *out = (struct address){};
    if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo *info = (struct in6_pktinfo *)CMSG_DATA(cmsg);

        out->af = AF_INET6;
        memcpy(out->bytes, &info->ipi6_addr, 16);
        info->ipi6_ifindex = 0;
    } else if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(cmsg);

        out->af = AF_INET;
        memcpy(out->bytes, &info->ipi_addr, 4);
        info->ipi_spec_dst = info->ipi_addr;
        info->ipi_ifindex = 0;
    } else {
        return -ENOENT;
    }
    message->msg_controllen = CMSG_ALIGN(cmsg->cmsg_len);
    return 0;
}

static void datagram_record(const struct listener_port *at, const struct address_port *peer,
                            const struct address_port *local, const uint8_t *bytes, size_t length)
{
    const struct address_port from = {address_unmapped(&peer->address), peer->port};
    const struct address_port to = {address_unmapped(&local->address), local->port};
    struct record *record = record_find(at->records, &from, &to);

    /* The list is of TCP connections too: the same address and port may be one of those. */
    while (record && (!listener_is_udp(record->mode) || !address_port_equal(&record->peer, &from) ||
                      !address_port_equal(&record->local, &to)))
        record = record->older;
    if (!record) {
        if (record_new(at->records, &from, &to, &record) < 0)
            return;
        record->port = at->port;
        record->mode = at->mode;
    }
    record->accepted_ns = clock_ns(); /* there is no other sign of a new flow */
    stream_feed_payload(&record->stream, bytes, length);
    record_changed(record);
}

/* A datagram that was read, ready to be answered with itself. */
struct datagram {
    struct sockaddr_storage sa;
    struct datagram_control control;
    struct msghdr message; /* without the bytes */
    struct address_port peer;
    size_t length;
    uint8_t bytes[];
};

static void datagram_answer(const struct listener_port *at, int fd, struct datagram *datagram)
{
    struct iovec iov = {.iov_base = datagram->bytes, .iov_len = datagram->length};

    datagram->message.msg_iov = &iov;
    datagram->message.msg_iovlen = 1;
    if (sendmsg(fd, &datagram->message, MSG_NOSIGNAL) < 0)
        log_warning("udp port %u: cannot answer: %s", at->port, strerror(errno));
}

/* Holds a client's datagram until its next one is answered. One that never has a next is dropped
 * for the next client's. */
static void datagram_swap(const struct listener_port *at, int fd, struct datagram **slot,
                          struct datagram *datagram)
{
    _cleanup_free_ struct datagram *held = TAKE_PTR(*slot);
    size_t size = sizeof(*datagram) + datagram->length;

    if (held && address_port_equal(&held->peer, &datagram->peer)) {
        datagram_answer(at, fd, datagram);
        held->message.msg_name = &held->sa;
        held->message.msg_control = &held->control;
        datagram_answer(at, fd, held);
        return;
    }
    *slot = malloc(size);
    if (*slot)
        memcpy(*slot, datagram, size);
}

void datagram_ready(const struct listener_port *at, int fd, struct datagram **held)
{
    static union {
        struct datagram datagram;
        uint8_t room[sizeof(struct datagram) + DATAGRAM_MAX];
    } store;
    struct datagram *datagram = &store.datagram;
    struct iovec iov = {.iov_base = datagram->bytes, .iov_len = DATAGRAM_MAX};
    struct msghdr message = {.msg_name = &datagram->sa,
                             .msg_namelen = sizeof(datagram->sa),
                             .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &datagram->control,
                             .msg_controllen = sizeof(datagram->control)};
    struct address_port local = {.port = at->port};
    ssize_t n = recvmsg(fd, &message, 0);

    if (n < 0)
        return; /* EAGAIN, or an error of an earlier answer, which is the client's business */
    if (address_port_from_sockaddr((struct sockaddr *)&datagram->sa, message.msg_namelen,
                                   &datagram->peer) < 0 ||
        datagram_local(&message, &local.address) < 0)
        return;
    message.msg_flags = 0;
    datagram->message = message;
    datagram->length = (size_t)n;
    if (at->mode == LISTENER_SWAP)
        datagram_swap(at, fd, held, datagram);
    else
        datagram_answer(at, fd, datagram);
    datagram_record(at, &datagram->peer, &local, datagram->bytes, datagram->length);
}
