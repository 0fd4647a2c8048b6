// SPDX-License-Identifier: Apache-2.0
#include "show/lab.h"

#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "common/table.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "lab/programs.h"
#include "place/open.h"

struct show_options {
    bool json, absent;
};

static int show_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct show_options *o = data;

    (void)command;
    (void)value;
    *(key == 'a' ? &o->absent : &o->json) = true;
    return 0;
}

static void show_ignore(enum log_level level, const char *message, void *data)
{
    (void)level;
    (void)message;
    (void)data;
}

/* A lab that cannot be opened is shown as half made: only `waypost down` can do something with it.
 */
static json_t *show_summary(const char *name)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r;

    log_set_sink(show_ignore, NULL);
    r = lab_open(name, &lab);
    log_set_sink(NULL, NULL);
    if (r < 0)
        return json_pack("{s:s, s:b}", "lab", name, "ready", false);
    return json_pack("{s:s, s:b, s:s, s:I, s:I, s:I}", "lab", name, "ready", true, "family",
                     family_name(lab->family), "nodes", (json_int_t)lab->topology->n_nodes, "pods",
                     (json_int_t)lab->topology->n_pods, "services",
                     (json_int_t)lab->topology->n_services);
}

static void show_summary_row(struct table *table, const json_t *summary)
{
    static const char *const counts[] = {"nodes", "pods", "services"};
    const char *family = json_string_value(json_object_get(summary, "family"));
    char texts[ARRAY_SIZE(counts)][24];

    if (!family) {
        table_add(table, (const char *[]){json_string_value(json_object_get(summary, "lab")),
                                          "half made", NULL, NULL, NULL});
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
        snprintf(texts[i], sizeof(texts[i]), "%lld",
                 (long long)json_integer_value(json_object_get(summary, counts[i])));
    table_add(table, (const char *[]){json_string_value(json_object_get(summary, "lab")), family,
                                      texts[0], texts[1], texts[2]});
}

static int show_all(bool json)
{
    _cleanup_(table_release) struct table table = {.columns = 5};
    _cleanup_strings_ struct strings names = {0};
    _cleanup_json_ json_t *labs = json_array();
    int r = lab_list(&names);

    if (r < 0)
        return CODE_FAILED;
    table_add(&table, (const char *[]){"LAB", "FAMILY", "NODES", "PODS", "SERVICES"});
    for (size_t i = 0; i < names.n; i++) {
        json_t *summary = show_summary(names.items[i]);

        show_summary_row(&table, summary);
        json_array_append_new(labs, summary);
    }
    if (json)
        cli_print_json(labs);
    else if (names.n)
        table_print(&table, stdout);
    else
        puts("no labs");
    return CODE_DONE;
}

static int show_one(const struct lab *lab, bool json)
{
    _cleanup_json_ json_t *j = NULL;
    int r = show_lab_json(lab, &j);

    if (r < 0)
        return CODE_FAILED;
    if (json)
        cli_print_json(j);
    else
        show_lab_text(stdout, j);
    return CODE_DONE;
}

/* "NAME missing|refused: SENTENCE", and what belongs to the sentence on lines that begin with a
 * blank. */
static int show_absent(const struct lab *lab, bool json)
{
    _cleanup_json_ json_t *absent = NULL;
    const json_t *entry;
    size_t i;

    if (programs_absent(lab, &absent) < 0)
        return CODE_FAILED;
    if (json) {
        cli_print_json(absent);
        return CODE_DONE;
    }
    json_array_foreach (absent, i, entry)
        printf("%s %s: %s\n", json_string_value(json_object_get(entry, "name")),
               json_string_value(json_object_get(entry, "why")),
               json_string_value(json_object_get(entry, "error")));
    return CODE_DONE;
}

int verb_show(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", NULL};
    static const struct argp_option options[] = {
        {"json", 'j', NULL, 0, "As one line of JSON, with more in it", 0},
        {"absent", 'a', NULL, 0,
         "The programs that the lab has to do without, and maps of an older layout: one a line, "
         "nothing else",
         0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "show",
        .purpose = "Lists the labs, or what one lab consists of: nodes and programs, pods with "
                   "their addresses and agents, services",
        .usage = "[LAB]",
        .examples = "Examples:\n"
                    "  sudo waypost show\n"
                    "  sudo waypost show demo\n"
                    "  sudo waypost show demo -j | jq -r '.pods[] | \"\\(.name) \\(.ipv4)\"'",
        .arguments = arguments,
        .options = options,
        .option = show_option,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct cli_line line;
    struct show_options o = {};
    int r = cli_parse(&command, argc, argv, &o, &line);

    if (r < 0)
        return cli_code(r);
    if (line.argument[0] && cli_name(&command, "LAB", line.argument[0]) < 0)
        return CODE_MISTAKE;
    if (!line.argument[0] && o.absent) {
        cli_usage(&command, "--absent is about one lab");
        return CODE_MISTAKE;
    }
    if (!line.argument[0])
        return cli_need_root(&command) < 0 ? CODE_FAILED : show_all(o.json);
    r = cli_open_lab(&command, line.argument[0], &lab);
    if (r < 0)
        return cli_code(r);
    return o.absent ? show_absent(lab, o.json) : show_one(lab, o.json);
}
