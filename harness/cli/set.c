// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/settings_line.h"
#include "common/table.h"
#include "cli/verbs.h"
#include "common/log.h"

struct set_options {
    struct settings_line line;
    const char *node;
    bool json;
};

static void set_release(struct set_options *o)
{
    settings_line_release(&o->line);
}

static int set_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct set_options *o = data;

    if (key == 'j') {
        o->json = true;
        return 0;
    }
    o->node = value;
    return cli_name(command, "--node", value);
}

static int set_more(const struct cli_command *command, const char *word, void *data)
{
    struct set_options *o = data;

    return settings_line_add(command, "the setting", word, &o->line);
}

/* What these objects have not got is an answer; everything else is somebody's mistake. */
static int set_code(int r)
{
    return r == -ENODATA ? CODE_NO : cli_code(r);
}

static void set_print_row(struct table *table, const char *node, const json_t *row)
{
    const json_t *value = json_object_get(row, "value"), *object;
    char number[24], objects[256] = "";
    const char *text = json_string_value(value);
    size_t i;

    snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
    if (!text)
        text = json_is_null(value) ? "none" : number;
    json_array_foreach (json_object_get(row, "objects"), i, object)
        snprintf(objects + strlen(objects), sizeof(objects) - strlen(objects), "%s%s",
                 i ? ", " : "", json_string_value(object));
    table_add(table, (const char *const[]){json_string_value(json_object_get(row, "name")), text,
                                           objects, node});
}

static int set_show_node(const struct lab *lab, const struct topology_node *node, bool json,
                         struct table *table)
{
    _cleanup_json_ json_t *rows = NULL;
    bool named = lab->topology->n_nodes > 1;
    json_t *row;
    size_t i;
    int r = settings_read(lab, node, &rows);

    if (r < 0)
        return r;
    json_array_foreach (rows, i, row) {
        if (!json)
            set_print_row(table, named ? node->name : NULL, row);
        else if (!named || json_object_set_new(row, "node", json_string(node->name)) == 0)
            cli_print_json(row);
    }
    return 0;
}

static int set_each_node(const struct lab *lab, const struct set_options *o, struct table *table)
{
    for (size_t i = 0; i < lab->topology->n_nodes; i++) {
        const struct topology_node *node = &lab->topology->nodes[i];
        int r;

        if (o->node && strcmp(o->node, node->name) != 0)
            continue;
        r = o->line.n ? settings_write(lab, node, o->line.settings, o->line.n)
                      : set_show_node(lab, node, o->json, table);
        if (r < 0)
            return r;
    }
    return 0;
}

static int set_run(const struct lab *lab, const struct set_options *o)
{
    _cleanup_(table_release) struct table table = {.columns = lab->topology->n_nodes > 1 ? 4 : 3};
    const struct topology_node *node;
    int r = o->node ? lab_node(lab, o->node, &node) : 0;

    if (r < 0)
        return set_code(r);
    table_add(&table, (const char *const[]){"SETTING", "VALUE", "IN", "NODE"});
    r = set_each_node(lab, o, &table);
    if (r < 0)
        return set_code(r);
    if (!o->line.n && !o->json)
        table_print(&table, stdout);
    return CODE_DONE;
}

int verb_set(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", NULL};
    static const struct argp_option options[] = {
        {"node", 256, "NODE", 0, "On this node only (default: on all)", 0},
        {"json", 'j', NULL, 0, "What there is as JSON, one object per line", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "set",
        .purpose = "Sets global variables of the programs, in every object that has them, until "
                   "`waypost reset`; without any, prints those that there are. Exit 1: these "
                   "objects have none, or not that one",
        .usage = "LAB [NAME=VALUE...]",
        .examples = "A value is a number; of an address variable an IP address, `none`, or the "
                    "name of a node, pod or service.\n\n"
                    "Examples:\n"
                    "  sudo waypost set demo\n"
                    "  sudo waypost set demo enable_monitoring=0 bpf_log_level=3\n"
                    "  sudo waypost set demo node_ip=node1 --node node1",
        .arguments = arguments,
        .required = 1,
        .more = set_more,
        .options = options,
        .option = set_option,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    _cleanup_(set_release) struct set_options o = {.node = NULL};
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, &o, &line);

    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    return r < 0 ? cli_code(r) : set_run(lab, &o);
}
