// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "lab/maps.h"

static int events_option(const struct cli_command *command, int key, const char *value, void *data)
{
    const char **node = data;

    (void)key;
    *node = value;
    return cli_name(command, "--node", value);
}

/* "ERROR: no backend" begins with its level. */
static json_t *events_level(const char *text)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};

    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        size_t n = strlen(levels[i]);

        if (strncasecmp(text, levels[i], n) == 0 && text[n] == ':')
            return json_string(levels[i]);
    }
    return NULL;
}

static int events_print(void *data, const json_t *record)
{
    const char *text = json_string_value(json_object_get(record, "text"));
    _cleanup_json_ json_t *event =
        json_pack("{s:o*, s:s}", "level", events_level(text ? text : ""), "text", text ? text : "");

    (void)data;
    cli_print_json(event);
    return 0;
}

static int events_run(const struct lab *lab, const char *node_name)
{
    int r;

    for (size_t i = 0; i < lab->topology->n_nodes; i++) {
        const struct topology_node *node = &lab->topology->nodes[i];

        if (node_name && strcmp(node_name, node->name) != 0)
            continue;
        r = events_drain(lab, node, "km_log_event", events_print, NULL);
        if (r < 0)
            return cli_code(r);
    }
    return CODE_DONE;
}

int verb_events(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", NULL};
    static const struct argp_option options[] = {
        {"node", 256, "NODE", 0, "Of this node only (default: all, one after the other)", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "events",
        .purpose = "Prints what the programs have logged since it was last asked, one JSON object "
                   "per line, and forgets it",
        .usage = "LAB",
        .examples = "Examples:\n"
                    "  sudo waypost events demo\n"
                    "  sudo waypost events demo --node node1 | jq -r .text",
        .arguments = arguments,
        .required = 1,
        .options = options,
        .option = events_option,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    const struct topology_node *node;
    const char *node_name = NULL;
    struct cli_line line;
    int r;

    if (cli_parse(&command, argc, argv, &node_name, &line) < 0 ||
        cli_name(&command, "LAB", line.argument[0]) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    if (r == 0 && node_name)
        r = lab_node(lab, node_name, &node);
    return r < 0 ? cli_code(r) : events_run(lab, node_name);
}
