// SPDX-License-Identifier: Apache-2.0
#include "agent/observe.h"

#include <errno.h>
#include <string.h>

#include "agent/ask.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

bool observe_is_loopback(const struct address *a)
{
    static const uint8_t v6[16] = {[15] = 1};

    if (a->af == AF_INET)
        return a->bytes[0] == 127;
    return a->af == AF_INET6 && memcmp(a->bytes, v6, sizeof(v6)) == 0;
}

/* Beyond the flow's own deadline, for the way there and back. */
#define OBSERVE_GRACE_MS 2000
/* How long a listener's record may still change after the client has failed. */
#define OBSERVE_SILENCE_MS 100

struct observe_tuple {
    struct address_port local, peer; /* as the client's socket shows them */
};

static int observe_ask_client(const struct lab *lab, const struct observe *o, json_t **answer)
{
    if (o->to && json_object_set_new(o->request, "to", json_string(o->to)) < 0)
        return err_r(ENOMEM, "cannot write down the request");
    return ask_agent(lab, o->pod, o->request, o->deadline_ms + OBSERVE_GRACE_MS, answer);
}

static const char *observe_client_stage(const json_t *client_answer)
{
    return json_string_value(json_object_get(json_object_get(client_answer, "client"), "stage"));
}

/* True when the answer names both ends of a connection that was made. */
static bool observe_tuple_of(const json_t *answer, struct observe_tuple *out)
{
    const json_t *tuple = json_object_get(answer, "tuple");
    const char *stage = observe_client_stage(answer);
    const char *local = json_string_value(json_object_get(tuple, "local"));
    const char *peer = json_string_value(json_object_get(tuple, "peer"));

    if (stage && (strcmp(stage, "connect") == 0 || strcmp(stage, "socket") == 0))
        return false;
    return local && peer && address_port_parse(local, &out->local) == 0 &&
           address_port_parse(peer, &out->peer) == 0;
}

/* The pod whose agent listens where the client's socket ended, NULL when that is none's. */
static const struct topology_pod *observe_taker(const struct topology *t, const char *client,
                                                const struct observe *o,
                                                const struct address_port *to)
{
    struct address peer = address_unmapped(&to->address);
    const char *protocol = json_string_value(json_object_get(o->request, "protocol"));
    bool udp = protocol && strcmp(protocol, "udp") == 0;
    const struct topology_pod *pod =
        observe_is_loopback(&peer) ? topology_pod(t, client) : topology_pod_by_address(t, &peer);

    return pod ? topology_listens(t, pod, to->port, udp) : NULL;
}

static json_t *observe_unmapped(const struct address_port *ap)
{
    struct address_port unmapped = {.address = address_unmapped(&ap->address), .port = ap->port};

    return json_address_port(&unmapped);
}

/* A client that failed otherwise than by a reset may have died with its packets held back: its
 * listener will never hear of the end, and there is no event to wait for. */
static int observe_listener_deadline_ms(const struct observe *o, const json_t *client_answer)
{
    const char *name =
        json_string_value(json_object_get(json_object_get(client_answer, "client"), "errno"));

    if (!name || strcmp(name, "ECONNRESET") == 0 || strcmp(name, "EPIPE") == 0)
        return o->deadline_ms;
    return o->deadline_ms < OBSERVE_SILENCE_MS ? o->deadline_ms : OBSERVE_SILENCE_MS;
}

static int observe_ask_listener(const struct lab *lab, const struct observe *o,
                                const json_t *client_answer, json_t **listener)
{
    _cleanup_json_ json_t *request = NULL, *answer = NULL;
    const struct topology_pod *taker;
    struct observe_tuple tuple;
    int r;

    *listener = json_null();
    if (!observe_tuple_of(client_answer, &tuple))
        return 0;
    taker = observe_taker(lab->topology, o->pod, o, &tuple.peer);
    if (!taker)
        return 0;
    request =
        json_pack("{s:s, s:o, s:o, s:i, s:b}", "op", "accepted", "peer",
                  observe_unmapped(&tuple.local), "local", observe_unmapped(&tuple.peer),
                  "deadline_ms", observe_listener_deadline_ms(o, client_answer), "final", !o->keep);
    if (!request)
        return err_r(ENOMEM, "cannot write down the request");
    /* An older connection may have had the same two ends. */
    json_object_set(request, "since_ns",
                    json_object_get(json_object_get(client_answer, "tuple"), "connect_ns"));
    if (o->keep)
        json_object_set(request, "bytes",
                        json_object_get(json_object_get(client_answer, "client"), "sent"));
    r = ask_agent(lab, taker->name, request, o->deadline_ms + OBSERVE_GRACE_MS, &answer);
    if (r < 0)
        return r;
    *listener = json_incref(json_object_get(answer, "listener"));
    return 0;
}

/* A connect that failed where the topology has a listener is an observation, unless the agent that
 * should listen there is gone; then that is said. */
static int observe_check_taker(const struct lab *lab, const struct observe *o,
                               const json_t *client_answer)
{
    const json_t *after = json_object_get(json_object_get(client_answer, "hooks"), "after");
    const char *last = json_string_value(json_array_get(after, json_array_size(after) - 1));
    const char *stage = observe_client_stage(client_answer);
    _cleanup_json_ json_t *request = NULL, *answer = NULL;
    const struct topology_pod *taker;
    struct address_port peer;

    if (!stage || strcmp(stage, "connect") != 0)
        return 0;
    if (!last)
        last = o->to;
    if (!last || address_port_parse(last, &peer) < 0)
        return 0;
    taker = observe_taker(lab->topology, o->pod, o, &peer);
    if (!taker)
        return 0;
    request = json_pack("{s:s}", "op", "ping");
    return request ? ask_agent(lab, taker->name, request, OBSERVE_GRACE_MS, &answer) : -ENOMEM;
}

int observe_flow(const struct lab *lab, const struct observe *o, json_t **out)
{
    const char *to = o->to;
    _cleanup_json_ json_t *answer = NULL;
    json_t *listener = NULL;
    int r = observe_ask_client(lab, o, &answer);

    if (r < 0)
        return r;
    r = observe_check_taker(lab, o, answer);
    if (r < 0)
        return r;
    r = observe_ask_listener(lab, o, answer, &listener);
    if (r < 0)
        return r;
    *out =
        json_pack("{s:s, s:s, s:s?, s:s, s:O, s:O, s:o?}", "lab", lab->name, "pod", o->pod, "asked",
                  to, "family", family_name(o->family), "client", json_object_get(answer, "client"),
                  "hooks", json_object_get(answer, "hooks"), "listener", listener);
    return *out ? 0 : err_say(EPROTO, "the agent of pod '%s' gave half an answer", o->pod);
}
