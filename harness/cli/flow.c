// SPDX-License-Identifier: Apache-2.0
/*
 * One flow, one observation: what the client's agent answers, and what the agent of the pod that
 * took the connection saw. The two are matched by the connection's two ends.
 */
#include "cli/flow.h"

#include <errno.h>
#include <string.h>

#include "agent/ask.h"
#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "common/log.h"
#include "lab/lab.h"

/* Beyond the flow's own deadline, for the way there and back. */
#define FLOW_GRACE_MS 2000
/* How long a listener's record may still change after the client has failed. */
#define FLOW_SILENCE_MS 100

struct flow_tuple {
    struct address_port local, peer; /* as the client's socket shows them */
};

static int flow_ask_client(const struct lab *lab, const struct flow_line *line, const char *to,
                           json_t **answer)
{
    if (to && json_object_set_new(line->request, "to", json_string(to)) < 0)
        return err_r(ENOMEM, "cannot write down the request");
    return ask_agent(lab, line->pod, line->request, line->deadline_ms + FLOW_GRACE_MS, answer);
}

static const char *flow_client_stage(const json_t *client_answer)
{
    return json_string_value(json_object_get(json_object_get(client_answer, "client"), "stage"));
}

/* True when the answer names both ends of a connection that was made. */
static bool flow_tuple_of(const json_t *answer, struct flow_tuple *out)
{
    const json_t *tuple = json_object_get(answer, "tuple");
    const char *stage = flow_client_stage(answer);
    const char *local = json_string_value(json_object_get(tuple, "local"));
    const char *peer = json_string_value(json_object_get(tuple, "peer"));

    if (stage && (strcmp(stage, "connect") == 0 || strcmp(stage, "socket") == 0))
        return false;
    return local && peer && address_port_parse(local, &out->local) == 0 &&
           address_port_parse(peer, &out->peer) == 0;
}

/* The pod whose agent listens where the client's socket ended, NULL when that is none's. */
static const struct topology_pod *flow_taker(const struct topology *t, const char *client,
                                             const struct flow_line *line,
                                             const struct address_port *to)
{
    struct address peer = address_unmapped(&to->address);
    const char *protocol = json_string_value(json_object_get(line->request, "protocol"));
    bool udp = protocol && strcmp(protocol, "udp") == 0;
    const struct topology_pod *pod =
        flow_is_loopback(&peer) ? topology_pod(t, client) : topology_pod_by_address(t, &peer);

    for (size_t i = 0; pod && i < pod->n_listeners; i++) {
        if (pod->listeners[i].port == to->port && listener_is_udp(pod->listeners[i].mode) == udp)
            return pod;
    }
    return NULL;
}

static json_t *flow_unmapped(const struct address_port *ap)
{
    struct address_port unmapped = {.address = address_unmapped(&ap->address), .port = ap->port};

    return json_address_port(&unmapped);
}

/* A client that failed otherwise than by a reset may have died with its packets held back: its
 * listener will never hear of the end, and there is no event to wait for. */
static int flow_listener_deadline_ms(const struct flow_line *line, const json_t *client_answer)
{
    const char *name =
        json_string_value(json_object_get(json_object_get(client_answer, "client"), "errno"));

    if (!name || strcmp(name, "ECONNRESET") == 0 || strcmp(name, "EPIPE") == 0)
        return line->deadline_ms;
    return line->deadline_ms < FLOW_SILENCE_MS ? line->deadline_ms : FLOW_SILENCE_MS;
}

static int flow_ask_listener(const struct lab *lab, const struct flow_line *line,
                             const json_t *client_answer, json_t **listener)
{
    _cleanup_json_ json_t *request = NULL, *answer = NULL;
    const struct topology_pod *taker;
    struct flow_tuple tuple;
    int r;

    *listener = json_null();
    if (!flow_tuple_of(client_answer, &tuple))
        return 0;
    taker = flow_taker(lab->topology, line->pod, line, &tuple.peer);
    if (!taker)
        return 0;
    request =
        json_pack("{s:s, s:o, s:o, s:i, s:b}", "op", "taken", "peer", flow_unmapped(&tuple.local),
                  "local", flow_unmapped(&tuple.peer), "deadline_ms",
                  flow_listener_deadline_ms(line, client_answer), "final", !line->keep);
    if (!request)
        return err_r(ENOMEM, "cannot write down the request");
    /* An older connection may have had the same two ends. */
    json_object_set(request, "since_ns",
                    json_object_get(json_object_get(client_answer, "tuple"), "connect_ns"));
    if (line->keep)
        json_object_set(request, "bytes",
                        json_object_get(json_object_get(client_answer, "client"), "sent"));
    r = ask_agent(lab, taker->name, request, line->deadline_ms + FLOW_GRACE_MS, &answer);
    if (r < 0)
        return r;
    *listener = json_incref(json_object_get(answer, "listener"));
    return 0;
}

/* A connect that failed where the topology has a listener is an observation, unless the agent that
 * should listen there is gone; then that is said. */
static int flow_check_taker(const struct lab *lab, const struct flow_line *line, const char *to,
                            const json_t *client_answer)
{
    const json_t *after = json_object_get(json_object_get(client_answer, "hooks"), "after");
    const char *last = json_string_value(json_array_get(after, json_array_size(after) - 1));
    const char *stage = flow_client_stage(client_answer);
    _cleanup_json_ json_t *request = NULL, *answer = NULL;
    const struct topology_pod *taker;
    struct address_port peer;

    if (!stage || strcmp(stage, "connect") != 0)
        return 0;
    if (!last)
        last = to;
    if (!last || address_port_parse(last, &peer) < 0)
        return 0;
    taker = flow_taker(lab->topology, line->pod, line, &peer);
    if (!taker)
        return 0;
    request = json_pack("{s:s}", "op", "ping");
    return request ? ask_agent(lab, taker->name, request, FLOW_GRACE_MS, &answer) : -ENOMEM;
}

static int flow_observe(const struct lab *lab, const struct flow_line *line, const char *to,
                        json_t **out)
{
    _cleanup_json_ json_t *answer = NULL;
    json_t *listener = NULL;
    int r = flow_ask_client(lab, line, to, &answer);

    if (r == 0)
        r = flow_check_taker(lab, line, to, answer);
    if (r == 0)
        r = flow_ask_listener(lab, line, answer, &listener);
    if (r < 0)
        return r;
    *out = json_pack("{s:s, s:s, s:s?, s:s, s:O, s:O, s:o?}", "lab", lab->name, "pod", line->pod,
                     "asked", to, "family", family_name(line->family), "client",
                     json_object_get(answer, "client"), "hooks", json_object_get(answer, "hooks"),
                     "listener", listener);
    return *out ? 0 : err_say(EPROTO, "the agent of pod '%s' gave half an answer", line->pod);
}

static int flow_print(const struct lab *lab, const struct flow_line *line,
                      const json_t *observation)
{
    if (line->json)
        cli_print_json(observation);
    else if (line->vars)
        flow_print_vars(stdout, observation, lab->topology);
    else
        flow_print_text(stdout, observation, lab->topology);
    return line->file ? json_write_file(line->file, observation) : 0;
}

static int flow_resolve_also(const struct lab *lab, const struct flow_line *line)
{
    json_t *list = line->n_also ? json_array() : NULL;

    if (list && json_object_set_new(line->request, "also", list) < 0)
        return err_r(ENOMEM, "cannot write down the request");
    for (size_t i = 0; i < line->n_also; i++) {
        struct address_port to;
        int r = topology_resolve(lab->topology, line->also[i], line->family, &to);

        if (r < 0)
            return r;
        if (json_array_append_new(list, json_address_port(&to)) < 0)
            return err_r(ENOMEM, "cannot write down the request");
    }
    return 0;
}

static int flow_run(const struct lab *lab, const struct flow_line *line)
{
    _cleanup_json_ json_t *observation = NULL;
    char text[ADDRESS_TEXT_MAX];
    const struct topology_pod *pod;
    struct address_port to;
    int r = lab_pod(lab, line->pod, &pod);

    if (r == 0 && line->target)
        r = topology_resolve(lab->topology, line->target, line->family, &to);
    if (r == 0)
        r = flow_resolve_also(lab, line);
    if (r < 0)
        return CODE_MISTAKE;
    r = flow_observe(lab, line, line->target ? address_port_text(&to, text) : NULL, &observation);
    if (r < 0)
        return r == -EINVAL ? CODE_MISTAKE : CODE_FAILED; /* the agent did not take the request */
    return flow_print(lab, line, observation) < 0 ? CODE_FAILED : CODE_DONE;
}

int verb_flow(int argc, char **argv)
{
    static const struct cli_command command = {.verb = "flow"};
    _cleanup_(flow_line_release) struct flow_line line = {0};
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r;

    if (flow_read_line(argc, argv, &line) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.lab, &lab);
    return r < 0 ? cli_code(r) : flow_run(lab, &line);
}
