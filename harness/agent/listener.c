// SPDX-License-Identifier: Apache-2.0
#include "agent/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/accepted.h"
#include "agent/datagram.h"
#include "common/cleanup.h"
#include "common/log.h"

#define LISTENER_BACKLOG 1024

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif

/* The main thread's; one for all listeners. */
static int listener_spare = -1;

static int listener_option(int fd, int level, int option, int value, const char *what)
{
    if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
        return err_r(errno, "cannot set %s on a listener", what);
    return 0;
}

/* A namespace without the server's half of Fast Open would quietly not do it. The namespace is the
 * pod's own. */
static int listener_allow_fastopen(void)
{
    static const char path[] = "/proc/sys/net/ipv4/tcp_fastopen";
    _cleanup_fclose_ FILE *file = fopen(path, "r+e");
    unsigned int bits;

    if (!file || fscanf(file, "%u", &bits) != 1)
        return err_r(errno ? errno : EIO, "cannot read %s", path);
    if ((bits & 3) == 3)
        return 0;
    rewind(file);
    if (fprintf(file, "%u\n", bits | 3) < 0 || fflush(file) != 0)
        return err_r(errno, "cannot write %s", path);
    return 0;
}

/* Without cookies: what arrives in a SYN is taken at once, the first time too. */
static int listener_set_fastopen(int fd)
{
    int r = listener_allow_fastopen();

    if (r < 0)
        return r;
    r = listener_option(fd, IPPROTO_TCP, TCP_FASTOPEN, LISTENER_BACKLOG, "TCP_FASTOPEN");
    if (r < 0)
        return r;
    return listener_option(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1, "TCP_FASTOPEN_NO_COOKIE");
}

static int listener_set_options(const struct listener *listener, int fd, int af)
{
    int r = listener_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");

    if (r < 0)
        return r;
    if (af == AF_INET6) {
        r = listener_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, listener->family == LISTENER_V6,
                            "IPV6_V6ONLY");
        if (r < 0)
            return r;
    }
    if (listener_is_udp(listener->at.mode))
        return af == AF_INET6
                   ? listener_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO")
                   : listener_option(fd, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
    return listener->at.mode == LISTENER_FASTOPEN ? listener_set_fastopen(fd) : 0;
}

static int listener_bind(const struct listener *listener, int fd, int af)
{
    const struct address_port any = {.address.af = af, .port = listener->at.port};
    struct sockaddr_storage sa;
    socklen_t length = address_port_to_sockaddr(&any, &sa);

    if (bind(fd, (struct sockaddr *)&sa, length) < 0)
        return err_r(errno, "cannot bind port %u", listener->at.port);
    if (!listener_is_udp(listener->at.mode) && listen(fd, LISTENER_BACKLOG) < 0)
        return err_r(errno, "cannot listen on port %u", listener->at.port);
    return 0;
}

/* Dual: IPv6 and with it IPv4; where there is no IPv6, IPv4. */
static int listener_socket(const struct listener *listener, int *af)
{
    int type = listener_is_udp(listener->at.mode) ? SOCK_DGRAM : SOCK_STREAM;
    int fd;

    *af = listener->family == LISTENER_V4 ? AF_INET : AF_INET6;
    fd = socket(*af, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 && errno == EAFNOSUPPORT && listener->family == LISTENER_DUAL) {
        *af = AF_INET;
        fd = socket(*af, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    return fd < 0 ? err_r(errno, "cannot make a socket for port %u", listener->at.port) : fd;
}

static void listener_hold_spare(void)
{
    if (listener_spare < 0)
        listener_spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* With the descriptors used up an accept fails and the connection stays in the queue: waiting would
 * be a busy loop. It is refused visibly instead, by way of the descriptor that was held back. */
static void listener_refuse(const struct listener *listener)
{
    int fd;

    log_warning("port %u: too many connections, one is refused", listener->at.port);
    if (listener_spare >= 0)
        close(TAKE_FD(listener_spare));
    fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    listener_hold_spare();
}

static void listener_ready(struct loop_source *source, uint32_t events)
{
    struct listener *listener = container_of(source, struct listener, source);
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);
    int fd;

    (void)events;
    if (listener_is_udp(listener->at.mode)) {
        datagram_ready(&listener->at, source->fd, &listener->held);
        return;
    }
    fd = accept4(source->fd, (struct sockaddr *)&sa, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        accepted_take(&listener->at, fd, &sa, length);
    else if (errno == EMFILE || errno == ENFILE)
        listener_refuse(listener);
    else if (errno != EAGAIN && errno != EINTR)
        log_warning("port %u: cannot accept: %s", listener->at.port, strerror(errno));
}

int listener_open(struct listener *listener, const struct topology_listener *what,
                  struct records *records)
{
    _cleanup_close_ int fd = -1;
    int af, r;

    *listener = (struct listener){.source = {.fd = -1, .ready = listener_ready},
                                  .at = {what->port, what->mode, records},
                                  .family = what->family};
    listener_hold_spare();
    fd = listener_socket(listener, &af);
    if (fd < 0)
        return fd;
    r = listener_set_options(listener, fd, af);
    if (r < 0)
        return r;
    r = listener_bind(listener, fd, af);
    if (r < 0)
        return r;
    listener->source.fd = fd;
    r = loop_add(records->loop, &listener->source, EPOLLIN);
    if (r < 0) {
        listener->source.fd = -1;
        return r;
    }
    TAKE_FD(fd);
    return 0;
}

void listener_close(struct listener *listener)
{
    loop_close_source(listener->at.records->loop, &listener->source);
    free(TAKE_PTR(listener->held));
}
