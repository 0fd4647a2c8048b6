// SPDX-License-Identifier: Apache-2.0
/*
 * What a pod's listener saw of a connection that no agent made: curl's, socat's, your
 * application's.
 */
#include <errno.h>
#include <stdio.h>

#include "agent/ask.h"
#include "agent/flow_terms.h"
#include "cli/cli.h"
#include "show/flow.h"
#include "show/flow_vars.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "common/log.h"

#define ACCEPTED_GRACE_MS 2000

enum { ACCEPTED_FAMILY = 256, ACCEPTED_DEADLINE, ACCEPTED_OPEN, ACCEPTED_VARS };

struct accepted_options {
    enum family family;
    int64_t deadline_ms;
    bool open, json, vars;
};

static const struct argp_option accepted_argp_options[] = {
    {"family", ACCEPTED_FAMILY, "FAMILY", 0,
     "Which address of CLIENT is meant: v4, v6 or mapped (default: $WAYPOST_FAMILY, else v4)", 0},
    {"deadline", ACCEPTED_DEADLINE, "MS", 0, "How long to wait for it (default 5000)", 0},
    {"open", ACCEPTED_OPEN, NULL, 0, "The connection need not have ended", 0},
    {"json", 'j', NULL, 0, "One line of JSON", 0},
    {"vars", ACCEPTED_VARS, NULL, 0, "NAME=VALUE lines, named as those of `waypost flow`", 0},
    {0},
};

static int accepted_option(const struct cli_command *command, int key, const char *value,
                           void *data)
{
    struct accepted_options *o = data;

    if (key == ACCEPTED_FAMILY)
        return cli_family(command, value, &o->family);
    if (key == ACCEPTED_DEADLINE)
        return cli_number(command, "--deadline", value, 1, FLOW_DEADLINE_MS_MAX, &o->deadline_ms);
    o->open = o->open || key == ACCEPTED_OPEN;
    o->json = o->json || key == 'j';
    o->vars = o->vars || key == ACCEPTED_VARS;
    return 0;
}

static int accepted_ask(const struct lab *lab, const char *pod, const struct address_port *peer,
                        const struct accepted_options *o, json_t **observation)
{
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_json_ json_t *request =
        json_pack("{s:s, s:o, s:I, s:b}", "op", "accepted", "peer", json_address_port(peer),
                  "deadline_ms", (json_int_t)o->deadline_ms, "final", !o->open);
    int r;

    if (!request)
        return err_r(ENOMEM, "cannot write down the request");
    r = ask_agent(lab, pod, request, (int)o->deadline_ms + ACCEPTED_GRACE_MS, &answer);
    if (r < 0)
        return r;
    *observation = json_pack("{s:s, s:s, s:O}", "lab", lab->name, "pod", pod, "listener",
                             json_object_get(answer, "listener"));
    return *observation ? 0 : err_say(EPROTO, "the agent of pod '%s' gave half an answer", pod);
}

static int accepted_run(const struct lab *lab, const char *pod_name, const char *client,
                        const struct accepted_options *o)
{
    _cleanup_json_ json_t *observation = NULL;
    const struct topology_pod *pod;
    struct address_port peer;
    int r = lab_pod(lab, pod_name, &pod);

    if (r == 0)
        r = topology_resolve(lab->topology, client, o->family, &peer);
    if (r < 0)
        return CODE_MISTAKE;
    peer.address = address_unmapped(&peer.address);
    if (accepted_ask(lab, pod->name, &peer, o, &observation) < 0)
        return CODE_FAILED;
    if (json_is_null(json_object_get(observation, "listener"))) {
        err_say(ENOENT, "no listener of pod '%s' took a connection of %s", pod_name, client);
        return CODE_NO;
    }
    if (o->json)
        cli_print_json(observation);
    else if (o->vars)
        flow_print_vars(stdout, observation, lab->topology);
    else
        flow_print_listener(stdout, observation);
    return CODE_DONE;
}

int verb_accepted(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "POD", "CLIENT:PORT", NULL};
    static const struct cli_command command = {
        .verb = "accepted",
        .purpose = "Says what a pod's listener saw of a connection that no agent made; waits for "
                   "its end. CLIENT:PORT is the client's end: a pod's name or an address, and the "
                   "local port. Exit code 1 when there was none",
        .usage = "LAB POD CLIENT:PORT",
        .examples = "Examples:\n"
                    "  sudo waypost exec demo client -- curl --local-port 4242 http://10.96.0.1/\n"
                    "  sudo waypost accepted demo waypoint client:4242",
        .arguments = arguments,
        .required = 3,
        .options = accepted_argp_options,
        .option = accepted_option,
    };
    struct accepted_options o = {.deadline_ms = FLOW_DEADLINE_MS};
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct cli_line line;
    int r = cli_default_family(&command, &o.family);

    if (r < 0)
        return cli_code(r);
    r = cli_parse(&command, argc, argv, &o, &line);
    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        cli_name(&command, "POD", line.argument[1]) < 0)
        return CODE_MISTAKE;
    if (o.json && o.vars) {
        cli_usage(&command, "give --json or --vars, not both");
        return CODE_MISTAKE;
    }
    r = cli_open_lab(&command, line.argument[0], &lab);
    return r < 0 ? cli_code(r) : accepted_run(lab, line.argument[1], line.argument[2], &o);
}
