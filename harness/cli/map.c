// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "lab/entries.h"
#include "cli/verbs.h"
#include "common/json.h"
#include "common/log.h"
#include "maps/handle.h"
#include "maps/maps.h"
#include "maps/policies.h"

#define MAP_LOAD_MAX (64UL << 20) /* bytes of JSON on stdin */

/* Everything that an action needs. */
struct map_job {
    const struct lab *lab;
    const struct topology_node *node;
    const char *name;
    json_t *key, *value; /* NULL where the action takes none */
};

static void map_job_release(struct map_job *job)
{
    json_decref(job->key);
    json_decref(job->value);
}

struct map_action {
    const char *name;
    size_t values; /* how many JSON arguments it takes */
    int (*run)(const struct map_job *job);
};

static int map_run_get(const struct map_job *job)
{
    _cleanup_json_ json_t *value = NULL;
    int r = map_get(job->lab, job->node, job->name, job->key, &value);

    if (r < 0)
        return r;
    cli_print_json(value);
    return 0;
}

/* A policy with its rules, instead of a reference to rules that are there. */
static bool map_is_whole_policy(const struct map_job *job)
{
    return strcmp(job->name, "km_authz_policy") == 0 &&
           json_is_array(json_object_get(job->value, "rules")) &&
           json_is_integer(json_object_get(job->key, "id"));
}

static int map_run_set(const struct map_job *job)
{
    if (map_is_whole_policy(job))
        return maps_plant_policy(job->lab, job->node,
                                 (uint32_t)json_integer_value(json_object_get(job->key, "id")),
                                 job->value);
    return map_set(job->lab, job->node, job->name, job->key, job->value);
}

static int map_run_delete(const struct map_job *job)
{
    return map_delete(job->lab, job->node, job->name, job->key);
}

static int map_run_count(const struct map_job *job)
{
    _cleanup_json_ json_t *entries = NULL;
    int r = map_dump(job->lab, job->node, job->name, &entries);

    if (r < 0)
        return r;
    printf("%zu\n", json_array_size(entries));
    return 0;
}

static int map_run_dump(const struct map_job *job)
{
    _cleanup_json_ json_t *entries = NULL;
    const json_t *entry;
    size_t i;
    int r = map_dump(job->lab, job->node, job->name, &entries);

    if (r < 0)
        return r;
    printf("[");
    json_array_foreach (entries, i, entry) {
        printf("%s\n  ", i ? "," : "");
        json_dumpf(entry, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    }
    printf("%s]\n", json_array_size(entries) ? "\n" : "");
    return 0;
}

/* For json_load_callback(), which takes SIZE_MAX for an end. `data` counts. */
static size_t map_read_stdin(void *buffer, size_t size, void *data)
{
    size_t *used = data, n;

    n = fread(buffer, 1, size, stdin);
    *used += n;
    return *used > MAP_LOAD_MAX || ferror(stdin) ? SIZE_MAX : n;
}

static int map_run_load(const struct map_job *job)
{
    size_t used = 0;
    json_error_t error;
    _cleanup_json_ json_t *entries =
        json_load_callback(map_read_stdin, &used, JSON_REJECT_DUPLICATES, &error);

    if (!entries && ferror(stdin))
        return err_r(errno, "cannot read the entries from stdin");
    if (!entries && used > MAP_LOAD_MAX)
        return err_say(EINVAL, "stdin: more than %lu MiB of entries", MAP_LOAD_MAX >> 20);
    if (!entries)
        return err_say(EINVAL, "stdin:%d: %s", error.line, json_error_line(&error));
    return entries_load(job->lab, job->node, job->name, entries, "stdin");
}

static const struct map_action map_actions[] = {
    {"get", 1, map_run_get},   {"set", 2, map_run_set},   {"delete", 1, map_run_delete},
    {"dump", 0, map_run_dump}, {"load", 0, map_run_load}, {"count", 0, map_run_count},
};

static int map_option(const struct cli_command *command, int key, const char *value, void *data)
{
    const char **node = data;

    (void)key;
    *node = value;
    return cli_name(command, "--node", value);
}

static int map_find_action(const struct cli_command *command, const char *name,
                           const struct map_action **out)
{
    const char *names[ARRAY_SIZE(map_actions) + 1] = {NULL};

    for (size_t i = 0; i < ARRAY_SIZE(map_actions); i++) {
        names[i] = map_actions[i].name;
        if (strcmp(name, names[i]) == 0)
            *out = &map_actions[i];
    }
    return cli_choice(command, "the action", name, names);
}

static int map_parse_json(const struct cli_command *command, const char *what, const char *text,
                          json_t **out)
{
    json_error_t error;

    *out = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (!*out)
        return cli_usage(command, "%s '%.60s' is not JSON: %s", what, text,
                         json_error_line(&error));
    return 0;
}

static int map_parse_values(const struct cli_command *command, const struct map_action *action,
                            const struct cli_line *line, struct map_job *job)
{
    static const char *const names[] = {"KEY", "VALUE"};
    json_t **const values[] = {&job->key, &job->value};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *text = line->argument[3 + i];

        if (i < action->values && !text)
            return cli_usage(command, "%s needs a %s", action->name, names[i]);
        if (i >= action->values && text)
            return cli_usage(command, "%s takes no %s", action->name, names[i]);
        if (text && map_parse_json(command, names[i], text, values[i]) < 0)
            return -EINVAL;
    }
    return 0;
}

/* A map that is not there is a mistake; a key that is not there is an answer. */
static int map_run(const struct map_action *action, struct map_job *job, const char *node)
{
    _cleanup_close_ int fd = -1;
    int r = lab_node(job->lab, node, &job->node);

    if (r < 0)
        return cli_code(r);
    r = map_open(job->lab, job->node, job->name, &fd);
    if (r < 0)
        return cli_code(r);
    r = entry_resolve(job->lab, job->key);
    if (r < 0)
        return cli_code(r);
    r = entry_resolve(job->lab, job->value);
    if (r < 0)
        return cli_code(r);
    r = action->run(job);
    return r == -ENOKEY ? CODE_NO : cli_code(r);
}

static const char map_usage[] = "LAB get MAP KEY\n"
                                "LAB set MAP KEY VALUE\n"
                                "LAB delete MAP KEY\n"
                                "LAB dump MAP\n"
                                "LAB load MAP\n"
                                "LAB count MAP";

static const char map_examples[] =
    "KEY and VALUE are JSON in the contract's field names, or {\"raw\": \"HEX\"}; a value's fields "
    "that are not given stay as they are. Names stand for what they have: \"web\", \"web/v4\" for "
    "an address, \"client\" for a netns cookie or uid, \"web\" for an id. `dump` prints an array "
    "of "
    "{\"key\", \"value\"}; `load` reads one from stdin. A key that is not there is exit 1. A value "
    "of km_authz_policy whose rules are an array is planted with all its parts.\n\n"
    "Examples:\n"
    "  sudo waypost map demo dump km_service\n"
    "  sudo waypost map demo get km_frontend '{\"address\": \"web\"}'\n"
    "  sudo waypost map demo set km_service '{\"id\": \"web\"}' '{\"policy\": 2}'\n"
    "  sudo waypost map demo load km_backend < backends.json";

int verb_map(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "the action", "MAP", "KEY", "VALUE", NULL};
    static const struct argp_option options[] = {
        {"node", 256, "NODE", 0, "Whose map (needed where a lab has several nodes)", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "map",
        .purpose = "Reads and writes the maps of a node's programs",
        .usage = map_usage,
        .examples = map_examples,
        .arguments = arguments,
        .required = 3,
        .options = options,
        .option = map_option,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    _cleanup_(map_job_release) struct map_job job = {0};
    const struct map_action *action = NULL;
    const char *node = NULL;
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, &node, &line);

    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        map_find_action(&command, line.argument[1], &action) < 0 ||
        map_parse_values(&command, action, &line, &job) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    if (r < 0)
        return cli_code(r);
    job.lab = lab;
    job.name = line.argument[2];
    return map_run(action, &job, node);
}
