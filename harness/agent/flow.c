// SPDX-License-Identifier: Apache-2.0
#include "agent/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "common/shortage.h"

int flow_fail(struct flow *flow, const char *stage, int r)
{
    if (r >= 0 || flow->error)
        return r;
    if (atomic_load(&flow->cancelled))
        r = -ECANCELED;
    flow->late = r == -ETIME;
    flow->starved = r == -PATIENCE_STARVED;
    flow->error = flow->late ? ETIMEDOUT : -r;
    flow->stage = stage;
    return r;
}

int flow_lack(struct flow *flow, int r)
{
    if (shortage_is(r))
        flow->lacked = abs(r);
    return r;
}

void flow_wake(struct flow *flow)
{
    eventfd_write(flow->wake_fd, 1);
}

int flow_set_nonblocking(int fd, bool on)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -errno;
    flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
    return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

static void flow_name(int fd, int (*name)(int, struct sockaddr *, socklen_t *),
                      struct address_port *out)
{
    struct sockaddr_storage sa;
    socklen_t length = sizeof(sa);
    struct address_port ap;

    if (name(fd, (struct sockaddr *)&sa, &length) == 0 &&
        address_port_from_sockaddr((struct sockaddr *)&sa, length, &ap) == 0 && ap.port)
        *out = ap;
}

void flow_note_names(struct flow *flow)
{
    flow->local = flow->peer = (struct address_port){};
    flow_name(flow->socket->fd, getsockname, &flow->local);
    flow_name(flow->socket->fd, getpeername, &flow->peer);
}

int flow_begin_connection(struct flow *flow)
{
    flow_note_names(flow);
    return client_socket_begin(flow->socket, flow->local.port, flow->socket->connect_ns);
}

void flow_sent(struct flow *flow, const uint8_t *bytes, size_t length)
{
    digest_feed(&flow->socket->sent, bytes, length);
}
