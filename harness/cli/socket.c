// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/ask.h"
#include "cli/cli.h"
#include "cli/records.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "common/log.h"
#include "maps/storage.h"

enum { SOCKET_FAMILY = 256, SOCKET_MAP, SOCKET_VARS };

struct socket_job {
    const char *map;
    enum family family;
    bool vars;
    json_t *value; /* NULL: show */
};

static void socket_release(struct socket_job *job)
{
    json_decref(job->value);
}

static int socket_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct socket_job *job = data;

    if (key == SOCKET_FAMILY)
        return cli_family(command, value, &job->family);
    if (key == SOCKET_MAP)
        job->map = value;
    job->vars = job->vars || key == SOCKET_VARS;
    return 0;
}

static int socket_take_value(const struct cli_command *command, const struct cli_line *line,
                             struct socket_job *job)
{
    const char *text = line->argument[4];
    json_error_t error;

    if (!line->argument[3])
        return 0;
    if (strcmp(line->argument[3], "set") != 0)
        return cli_usage(command, "'%.60s' must be set", line->argument[3]);
    if (!text)
        return cli_usage(command, "set needs a value");
    job->value = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(job->value))
        return cli_usage(command, "the value '%.60s' is no JSON object%s%s", text,
                         job->value ? "" : ": ", job->value ? "" : json_error_line(&error));
    return 0;
}

/* "NAME" of a kept socket, or "CLIENT:PORT" of an accepted connection. */
static int socket_borrow(const struct lab *lab, const char *pod, const char *which,
                         enum family family, int *out_fd)
{
    _cleanup_json_ json_t *request = json_pack("{s:s}", "op", "socket"), *answer = NULL;
    struct address_port peer;
    int r;

    if (!strchr(which, ':')) {
        json_object_set_new(request, "socket", json_string(which));
        return ask_socket(lab, pod, request, &answer, out_fd);
    }
    r = topology_resolve(lab->topology, which, family, &peer);
    if (r < 0)
        return r;
    peer.address = address_unmapped(&peer.address);
    json_object_set_new(request, "peer", json_address_port(&peer));
    return ask_socket(lab, pod, request, &answer, out_fd);
}

static int socket_show(const struct lab *lab, const struct topology_node *node,
                       const struct socket_job *job, int fd)
{
    _cleanup_json_ json_t *value = NULL;
    int r = map_get_of_socket(lab, node, job->map, fd, &value);

    if (r < 0)
        return r;
    if (job->vars)
        record_print_vars(value, lab->topology);
    else
        record_print_json(value, lab->topology);
    return 0;
}

static int socket_set(const struct lab *lab, const struct topology_node *node,
                      const struct socket_job *job, int fd)
{
    int r = map_times_ago(job->value);

    return r < 0 ? r : map_set_of_socket(lab, node, job->map, fd, job->value);
}

static int socket_run(const struct lab *lab, const struct cli_line *line, struct socket_job *job)
{
    const struct topology_pod *pod;
    const struct topology_node *node;
    _cleanup_close_ int fd = -1;
    int r = lab_pod(lab, line->argument[1], &pod);

    if (r < 0)
        return cli_code(r);
    r = socket_borrow(lab, pod->name, line->argument[2], job->family, &fd);
    if (r < 0)
        return cli_code(r);
    node = &lab->topology->nodes[pod->node];
    r = job->value ? socket_set(lab, node, job, fd) : socket_show(lab, node, job, fd);
    if (r != -ENOKEY)
        return cli_code(r);
    err_say(ENOKEY, "socket '%s' of pod '%s' has no entry in %s", line->argument[2], pod->name,
            job->map);
    return CODE_NO;
}

static const struct argp_option socket_argp_options[] = {
    {"map", SOCKET_MAP, "NAME", 0, "Another map of sockets' storage (default km_sockstorage)", 0},
    {"family", SOCKET_FAMILY, "FAMILY", 0,
     "Which address of CLIENT is meant: v4, v6 or mapped (default: $WAYPOST_FAMILY, else v4)", 0},
    {"vars", SOCKET_VARS, NULL, 0, "NAME=VALUE lines", 0},
    {0},
};

int verb_socket(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "POD", "SOCKET", "set", "JSON", NULL};
    static const struct cli_command command = {
        .verb = "socket",
        .purpose = "Shows or sets what the programs keep with a socket of a pod's agent "
                   "(km_sockstorage). SOCKET is the name that a flow kept it under (`waypost flow "
                   "--socket NAME --end keep`), or CLIENT:PORT of a connection that the pod took "
                   "and that is open. Exit 1: they keep nothing",
        .usage = "LAB POD SOCKET\nLAB POD SOCKET set JSON",
        .examples = "JSON is an object in the contract's field names; those that it has not got "
                    "stay as they are. A time can be given as so many ms ago.\n\n"
                    "Examples:\n"
                    "  sudo waypost flow demo client web:80 --socket one --end keep\n"
                    "  sudo waypost socket demo client one\n"
                    "  sudo waypost socket demo client one set '{\"report_ago_ms\": 6000}'\n"
                    "  sudo waypost socket demo waypoint client:40000",
        .arguments = arguments,
        .required = 3,
        .options = socket_argp_options,
        .option = socket_option,
    };
    _cleanup_(socket_release) struct socket_job job = {.map = "km_sockstorage"};
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct cli_line line;
    int r = cli_default_family(&command, &job.family);

    if (r < 0)
        return cli_code(r);
    r = cli_parse(&command, argc, argv, &job, &line);
    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        cli_name(&command, "POD", line.argument[1]) < 0 ||
        socket_take_value(&command, &line, &job) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    return r < 0 ? cli_code(r) : socket_run(lab, &line, &job);
}
