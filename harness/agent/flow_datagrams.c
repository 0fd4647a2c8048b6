// SPDX-License-Identifier: Apache-2.0
/*
 * One socket that sends a datagram to each of several destinations, and which of them each reply
 * answers: replies may come in any order, and from wherever the socket shows.
 */
#include "agent/flow_datagrams.h"

#include <stdlib.h>
#include <string.h>

#include "agent/payload.h"
#include "common/cleanup.h"
#include "common/json.h"

static const struct address_port *datagrams_to(const struct flow *flow, size_t i)
{
    return i == 0 ? &flow->request.to : &flow->request.also[i - 1];
}

/* The payload goes on from one datagram to the next, so that no two are the same. */
static void datagrams_fill(const struct flow *flow, size_t i, uint8_t *buffer)
{
    size_t length = (size_t)flow->request.bytes;

    payload_fill(payload_seed(flow->socket->port, PAYLOAD_FROM_CLIENT), i * length, buffer, length);
}

int flow_send_datagrams(struct flow *flow, uint8_t *buffer,
                        int (*send)(struct flow *flow, const uint8_t *bytes, size_t length))
{
    int r = 0;

    for (size_t i = 0; r == 0 && i <= flow->request.n_also; i++) {
        flow->sender.to_length = address_port_to_sockaddr(datagrams_to(flow, i), &flow->sender.to);
        datagrams_fill(flow, i, buffer);
        r = send(flow, buffer, (size_t)flow->request.bytes);
    }
    return r;
}

void flow_note_reply(struct flow *flow, const struct address_port *source, const uint8_t *bytes,
                     size_t length)
{
    _cleanup_free_ uint8_t *sent = malloc(flow->request.bytes);
    struct flow_reply *reply = &flow->replies[flow->n_replies];

    if (!sent || flow->n_replies == FLOW_REPLIES_MAX)
        return;
    *reply = (struct flow_reply){.source = *source};
    for (size_t i = 0; i <= flow->request.n_also && !reply->is_answer; i++) {
        datagrams_fill(flow, i, sent);
        reply->is_answer = length == flow->request.bytes && memcmp(sent, bytes, length) == 0;
        if (reply->is_answer)
            reply->asked = *datagrams_to(flow, i);
    }
    flow->n_replies++;
}

json_t *flow_describe_replies(const struct flow *flow, bool asked)
{
    json_t *list = json_array();

    for (size_t i = 0; i < flow->n_replies; i++) {
        const struct flow_reply *reply = &flow->replies[i];

        json_array_append_new(list, !asked             ? json_address_port(&reply->source)
                                    : reply->is_answer ? json_address_port(&reply->asked)
                                                       : json_null());
    }
    return list;
}
