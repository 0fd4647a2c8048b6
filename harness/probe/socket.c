// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "probe/sandbox.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int probe_ipv6(char why[PROBE_WHY_MAX])
{
    const struct sockaddr_in6 loopback = {.sin6_family = AF_INET6,
                                          .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int r = probe_netns_with_loopback(why);
    _cleanup_close_ int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (r < 0)
        return r;
    if (fd < 0)
        return -errno;
    snprintf(why, PROBE_WHY_MAX, "no ::1 in a new namespace");
    return bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) < 0 ? -errno : 0;
}

int probe_socket_netns_cookie(char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t length = sizeof(uint64_t);
    uint64_t cookie;

    (void)why;
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) < 0)
        return -errno;
    return 0;
}

int probe_mptcp(char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

    (void)why;
    return fd < 0 ? -errno : 0;
}

/* Of a socket that is not connected the kernel says so, once it has found what was named. */
int probe_ktls(char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    snprintf(why, PROBE_WHY_MAX, "TCP_ULP does not know tls");
    if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) == 0 || errno == ENOTCONN)
        return 0;
    return -errno;
}

/* For client and server, in a namespace of our own. */
static int probe_allow_fastopen(void)
{
    _cleanup_close_ int fd = open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY | O_CLOEXEC);

    return fd < 0 || write(fd, "3", 1) != 1 ? -errno : 0;
}

static int probe_fastopen_listener(struct sockaddr_in *address, int *out)
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t length = sizeof(*address);
    int queue = 4;

    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)address, length) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)) < 0 || listen(fd, 4) < 0 ||
        getsockname(fd, (struct sockaddr *)address, &length) < 0)
        return -errno;
    *out = TAKE_FD(fd);
    return 0;
}

int probe_fastopen(char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int listener = -1, client = -1;
    struct sockaddr_in address;
    int r = probe_netns_with_loopback(why);

    if (r < 0)
        return r;
    r = probe_allow_fastopen();
    if (r < 0)
        return r;
    r = probe_fastopen_listener(&address, &listener);
    if (r < 0)
        return r;
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || sendto(client, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
                             (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return 0;
}

int probe_zerocopy(char why[PROBE_WHY_MAX])
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    (void)why;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) < 0)
        return -errno;
    return 0;
}

int probe_io_uring(char why[PROBE_WHY_MAX])
{
    struct io_uring ring;
    int r = io_uring_queue_init(2, &ring, 0);

    (void)why;
    if (r < 0)
        return r;
    io_uring_queue_exit(&ring);
    return 0;
}

int probe_io_uring_zc(char why[PROBE_WHY_MAX])
{
    struct io_uring_probe *probe;
    struct io_uring ring;
    bool supported;
    int r = io_uring_queue_init(2, &ring, 0);

    (void)why;
    if (r < 0)
        return r;
    probe = io_uring_get_probe_ring(&ring);
    supported = probe && io_uring_opcode_supported(probe, IORING_OP_SEND_ZC);
    io_uring_free_probe(probe);
    io_uring_queue_exit(&ring);
    return supported ? 0 : -EOPNOTSUPP;
}
