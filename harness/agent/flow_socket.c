// SPDX-License-Identifier: Apache-2.0
#include "agent/flow_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"

static int flow_set_option(const struct flow *flow, int level, int option, int value)
{
    return setsockopt(flow->socket->fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* The fd appears under the lock: whoever breaks flows off reads it. */
static int flow_adopt_socket(struct flow *flow, int fd)
{
    int r = 0;

    pthread_mutex_lock(flow->mutex);
    if (atomic_load(&flow->cancelled))
        r = -ECANCELED;
    else
        flow->socket->fd = fd;
    pthread_mutex_unlock(flow->mutex);
    return r;
}

static int flow_make_socket(struct flow *flow)
{
    const struct flow_request *request = &flow->request;
    int af = request->family == FAMILY_V4 ? AF_INET : AF_INET6;
    int type = request->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
    int protocol = request->mptcp ? IPPROTO_MPTCP : request->protocol;
    _cleanup_close_ int fd = socket(af, type | SOCK_CLOEXEC, protocol);
    int r;

    if (fd < 0)
        return -errno;
    r = flow_adopt_socket(flow, fd);
    if (r < 0)
        return r;
    TAKE_FD(fd);
    flow->socket->family = request->family;
    flow->socket->protocol = request->protocol;
    if (af == AF_INET6)
        r = flow_set_option(flow, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    /* A port that was asked for may still be in TIME_WAIT. */
    return r < 0 ? r : flow_set_option(flow, SOL_SOCKET, SO_REUSEADDR, 1);
}

static int flow_set_options(struct flow *flow)
{
    const struct flow_request *request = &flow->request;
    int r = flow_set_nonblocking(flow->socket->fd, request->nonblocking);

    if (r < 0 || flow->socket->protocol != IPPROTO_TCP)
        return r;
    if (request->method->chunk == 1)
        r = flow_set_option(flow, IPPROTO_TCP, TCP_NODELAY, 1);
    if (r < 0 || !request->user_timeout_ms)
        return r;
    return flow_set_option(flow, IPPROTO_TCP, TCP_USER_TIMEOUT, request->user_timeout_ms);
}

static int flow_disconnect(struct flow *flow)
{
    const struct sockaddr unspecified = {.sa_family = AF_UNSPEC};

    if (connect(flow->socket->fd, &unspecified, sizeof(unspecified)) < 0)
        return -errno;
    flow->socket->unconnected = false;
    return 0;
}

/* Where the payload is needed before a connect has chosen the port, a bind chooses it. */
bool flow_needs_port(const struct flow *flow)
{
    const struct flow_request *request = &flow->request;
    bool unconnected =
        request->protocol == IPPROTO_UDP && strcmp(request->method->name, "sendto") == 0;

    return request->has_to && (request->early == EARLY_FASTOPEN || unconnected);
}

static int flow_bind(struct flow *flow)
{
    struct address_port from = flow->request.from;
    struct sockaddr_storage sa;
    socklen_t length;

    flow_note_names(flow);
    if (!flow->request.has_from) {
        if (!flow_needs_port(flow) || flow->local.address.af != AF_UNSPEC)
            return 0;
        from.address.af = flow->request.to.address.af;
    }
    length = address_port_to_sockaddr(&from, &sa);
    return bind(flow->socket->fd, (struct sockaddr *)&sa, length) < 0 ? -errno : 0;
}

static int flow_prepare_socket(struct flow *flow)
{
    socklen_t length = sizeof(flow->cookie);
    int r = flow->socket->fd < 0 ? flow_make_socket(flow) : 0;

    if (r < 0)
        return r;
    if (getsockopt(flow->socket->fd, SOL_SOCKET, SO_COOKIE, &flow->cookie, &length) < 0)
        return -errno;
    r = flow_set_options(flow);
    if (r < 0)
        return r;
    r = flow->request.disconnect ? flow_disconnect(flow) : 0;
    return r < 0 ? r : flow_bind(flow);
}

int flow_open(struct flow *flow)
{
    return flow_fail(flow, "socket", flow_lack(flow, flow_prepare_socket(flow)));
}

/* Under the lock: whoever breaks flows off shuts the socket down. */
void flow_drop_socket(struct flow *flow)
{
    pthread_mutex_lock(flow->mutex);
    if (flow->socket->fd >= 0)
        close(flow->socket->fd);
    flow->socket->fd = -1;
    pthread_mutex_unlock(flow->mutex);
}
