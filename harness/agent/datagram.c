// SPDX-License-Identifier: Apache-2.0
/*
 * The UDP listener: every datagram is answered with its own payload, from the address that it was
 * sent to.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/deadline.h"
#include "agent/listener.h"
#include "common/log.h"

#define DATAGRAM_MAX 65536

union datagram_control {
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct cmsghdr align;
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

static void datagram_record(const struct listener *listener, const struct address_port *peer,
                            const struct address_port *local, const uint8_t *bytes, size_t length)
{
    const struct address_port from = {address_unmapped(&peer->address), peer->port};
    const struct address_port at = {address_unmapped(&local->address), local->port};
    struct record *record = record_find(listener->records, &from, &at);

    /* The list is of TCP connections too: the same address and port may be one of those. */
    while (record && (record->mode != LISTENER_UDP || !address_port_equal(&record->peer, &from) ||
                      !address_port_equal(&record->local, &at)))
        record = record->older;
    if (!record) {
        if (record_new(listener->records, &from, &at, &record) < 0)
            return;
        record->port = listener->port;
        record->mode = LISTENER_UDP;
    }
    record->accepted_ns = clock_ns(); /* there is no other sign of a new flow */
    stream_feed_payload(&record->stream, bytes, length);
    record_changed(record);
}

void listener_answer_datagrams(const struct listener *listener)
{
    static uint8_t buffer[DATAGRAM_MAX];
    union datagram_control control;
    struct sockaddr_storage sa;
    struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
    struct msghdr message = {.msg_name = &sa,
                             .msg_namelen = sizeof(sa),
                             .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct address_port peer, local = {.port = listener->port};
    ssize_t n = recvmsg(listener->source.fd, &message, 0);

    if (n < 0)
        return; /* EAGAIN, or an error of an earlier answer, which is the client's business */
    if (address_port_from_sockaddr((struct sockaddr *)&sa, message.msg_namelen, &peer) < 0 ||
        datagram_local(&message, &local.address) < 0)
        return;
    iov.iov_len = (size_t)n;
    message.msg_flags = 0;
    if (sendmsg(listener->source.fd, &message, MSG_NOSIGNAL) < 0)
        log_warning("udp port %u: cannot answer: %s", listener->port, strerror(errno));
    datagram_record(listener, &peer, &local, buffer, (size_t)n);
}
