// SPDX-License-Identifier: Apache-2.0
/*
 * Many connections in one request. Of all but the last nothing is wanted but where it ended; the
 * last one is the flow.
 */
#include <errno.h>
#include <unistd.h>

#include "agent/flow.h"
#include "common/json.h"
#include "common/log.h"

int flow_count_peer(struct flow *flow)
{
    char text[ADDRESS_TEXT_MAX];
    json_int_t n;

    if (!flow->peers)
        return 0;
    address_port_text(&flow->peer, text);
    n = json_integer_value(json_object_get(flow->peers, text));
    return json_object_set_new(flow->peers, text, json_integer(n + 1)) < 0 ? -ENOMEM : 0;
}

/* Under the lock: whoever breaks flows off shuts the socket down. */
static void flow_drop_socket(struct flow *flow)
{
    pthread_mutex_lock(&flow->flows->mutex);
    if (flow->kept->fd >= 0)
        close(flow->kept->fd);
    flow->kept->fd = -1;
    pthread_mutex_unlock(&flow->flows->mutex);
}

int flow_repeat(struct flow *flow)
{
    int r = 0;

    if (flow->request.repeat <= 1)
        return 0;
    flow->peers = json_object();
    if (!flow->peers)
        return flow_fail(flow, "socket", -ENOMEM);
    for (int i = 1; r == 0 && i < flow->request.repeat; i++) {
        r = flow_open(flow);
        if (r == 0)
            r = flow_connect(flow);
        if (r == 0)
            r = flow_count_peer(flow);
        if (r < 0)
            return r; /* this one is shown */
        flow_drop_socket(flow);
        flow->seen.n = 0;
    }
    return r;
}
