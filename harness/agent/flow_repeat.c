// SPDX-License-Identifier: Apache-2.0
/*
 * Many connections in one request. Of all but the last nothing is wanted but where it ended; the
 * last one is the flow.
 */
#include "agent/flow_repeat.h"

#include <errno.h>

#include "agent/flow_connect.h"
#include "agent/flow_socket.h"
#include "common/json.h"

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

static int flow_make_one(struct flow *flow)
{
    int r = flow_open(flow);

    if (r < 0)
        return r;
    r = flow_connect(flow);
    return r < 0 ? r : flow_count_peer(flow);
}

int flow_repeat(struct flow *flow)
{
    if (flow->request.repeat <= 1)
        return 0;
    flow->peers = json_object();
    if (!flow->peers)
        return flow_fail(flow, "socket", flow_lack(flow, -ENOMEM));
    for (int i = 1; i < flow->request.repeat; i++) {
        int r = flow_make_one(flow);

        if (r < 0)
            return r; /* this one is shown */
        flow_drop_socket(flow);
        flow->seen.n = 0;
    }
    return 0;
}
