// SPDX-License-Identifier: Apache-2.0
#include "agent/flow_answer.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "agent/flow_datagrams.h"
#include "common/cleanup.h"
#include "common/deadline.h"
#include "common/json.h"
#include "common/shortage.h"

#define NS_PER_MS 1000000LL

const char *errno_name(int error)
{
    const char *name = strerrorname_np(error);

    return name ? name : "EUNKNOWN";
}

static json_t *answer_errno(int error)
{
    return error ? json_string(errno_name(error)) : json_null();
}

/* What was received is right if it is either of the two payloads that it can be. */
static json_t *answer_received_wrong_at(const struct client_socket *socket)
{
    int64_t greeting = socket->greeting.wrong_at, echo = socket->echo.wrong_at;

    if (greeting < 0 || echo < 0)
        return json_null();
    return json_integer(greeting > echo ? greeting : echo);
}

static json_t *answer_early(const struct flow *flow)
{
    const struct flow_early_result *result = &flow->early_result;

    return json_pack("{s:s, s:I, s:o, s:b}", "way", flow_early_names[flow->request.early], "bytes",
                     (json_int_t)result->bytes, "errno", answer_errno(result->error), "waited",
                     (int)result->waited);
}

static json_t *answer_zerocopy(const struct sender *sender)
{
    return json_pack("{s:I, s:I, s:I}", "calls", (json_int_t)sender->zerocopy_calls, "completions",
                     (json_int_t)sender->zerocopy_completions, "copied",
                     (json_int_t)sender->zerocopy_copied);
}

static json_t *answer_client(const struct flow *flow)
{
    const struct client_socket *socket = flow->socket;
    char sent[DIGEST_TEXT_MAX], received[DIGEST_TEXT_MAX];
    json_t *client = json_pack(
        "{s:o, s:o, s:b, s:o, s:o, s:I, s:I, s:s, s:I, s:s, s:o, s:I, s:I}", "errno",
        answer_errno(flow->error), "stage", flow->stage ? json_string(flow->stage) : json_null(),
        "deadline", (int)flow->late, "local", json_address_port(&flow->local), "peer",
        json_address_port(&flow->peer), "socket_cookie", (json_int_t)flow->cookie, "sent",
        (json_int_t)socket->sent.bytes, "sent_digest", digest_text(&socket->sent, sent), "received",
        (json_int_t)socket->received.bytes, "received_digest",
        digest_text(&socket->received, received), "received_wrong_at",
        answer_received_wrong_at(socket), "longest_pause_ms",
        (json_int_t)(flow->longest_pause_ns / NS_PER_MS), "elapsed_us",
        (json_int_t)((clock_ns() - flow->started_ns) / 1000));

    if (flow->request.early != EARLY_NONE)
        json_object_set_new(client, "early", answer_early(flow));
    if (flow->sender.zerocopy_calls)
        json_object_set_new(client, "zerocopy", answer_zerocopy(&flow->sender));
    if (flow->peers)
        json_object_set(client, "peers", flow->peers);
    if (flow->request.n_also || *flow->request.reads) {
        json_object_set_new(client, "answered", flow_describe_replies(flow, true));
        json_object_set_new(client, "sources", flow_describe_replies(flow, false));
    }
    if (socket->protocol == IPPROTO_UDP)
        json_object_set_new(client, "source",
                            flow->has_source ? json_address_port(&flow->source) : json_null());
    return client;
}

static json_t *answer_lack(const struct flow *flow)
{
    char remedy[SHORTAGE_TEXT_MAX], text[2 * SHORTAGE_TEXT_MAX];

    snprintf(text, sizeof(text), SHORTAGE_WORD "the flow cannot be tried: %s; %s",
             strerror(flow->lacked), shortage_remedy(flow->lacked, remedy));
    return json_pack("{s:s}", "error", text);
}

json_t *flow_describe(const struct flow *flow)
{
    char text[PATIENCE_TEXT_MAX];

    if (flow->starved)
        return json_pack("{s:s}", "error", patience_text(&flow->patience, "the flow", text));
    if (flow->lacked)
        return answer_lack(flow);
    return json_pack("{s:o, s:o, s:{s:o, s:o, s:I}}", "client", answer_client(flow), "hooks",
                     hooks_describe(&flow->seen), "tuple", "local", json_address_port(&flow->local),
                     "peer", json_address_port(&flow->peer), "connect_ns",
                     (json_int_t)flow->socket->connect_ns);
}
