// SPDX-License-Identifier: Apache-2.0
#include "agent/flow_connect.h"

#include <errno.h>
#include <netinet/in.h>

#include "agent/flow_connect_call.h"
#include "agent/flow_early.h"
#include "agent/flow_socket.h"
#include "common/deadline.h"

static int flow_connect_plain(struct flow *flow)
{
    bool nonblocking = flow->request.nonblocking;
    int r = flow_connect_call(flow, nonblocking);

    if (r == -EINPROGRESS && nonblocking)
        r = flow_connect_wait(flow);
    return r < 0 ? r : flow_begin_connection(flow);
}

static int flow_connect_unconnected(struct flow *flow)
{
    flow->socket->unconnected = true;
    flow->socket->to = flow->request.to;
    return flow_begin_connection(flow);
}

int flow_connect(struct flow *flow)
{
    int r;

    if (!flow->request.has_to)
        return 0;
    hooks_begin(flow->hooks, flow->cookie, &flow->seen);
    flow->socket->connect_ns = clock_ns();
    if (flow->request.early != EARLY_NONE)
        r = flow_connect_early(flow);
    else if (flow->socket->protocol == IPPROTO_UDP && flow_needs_port(flow))
        r = flow_connect_unconnected(flow);
    else
        r = flow_connect_plain(flow);
    hooks_take(flow->hooks, flow->cookie, &flow->seen);
    if (r < 0)
        flow_note_names(flow);
    return flow_fail(flow, "connect", r);
}
