// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/whole_file.h"
#include "field/import.h"

struct import_line {
    struct import_options options;
    const char *out;
};

enum { IMPORT_PORT = 256, IMPORT_NODE, IMPORT_ENCRYPTION };

static const struct argp_option import_argp_options[] = {
    {"output", 'o', "FILE", 0, "Write the topology to FILE (default: stdout)", 0},
    {"waypoint-port", IMPORT_PORT, "PORT", 0,
     "Where waypoints listen; a dump does not say it (default: 15008)", 0},
    {"node", IMPORT_NODE, "NODE", 0,
     "As this node sees it: endpoints of other localities get a lower priority, by each service's "
     "routing preferences",
     0},
    {"encryption", IMPORT_ENCRYPTION, "KIND", 0,
     "none, marks or esp: what the nodes have between them; a dump does not say it (default: none)",
     0},
    {0},
};

static int import_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct import_line *line = data;
    int64_t port;

    switch (key) {
    case 'o':
        line->out = value;
        return 0;
    case IMPORT_PORT:
        if (cli_number(command, "--waypoint-port", value, 1, UINT16_MAX, &port) < 0)
            return -EINVAL;
        line->options.waypoint_port = (uint16_t)port;
        return 0;
    case IMPORT_ENCRYPTION:
        if (topology_encryption_from_name(value, &line->options.encryption) == 0)
            return 0;
        return cli_usage(command, "--encryption is none, marks or esp, not '%.40s'", value);
    default:
        line->options.node = value;
        return 0;
    }
}

static int import_write(const char *dump, const struct import_line *line, FILE *out)
{
    int r = import_run(dump, &line->options, out);

    if (r < 0)
        return r;
    return fflush(out) == 0 ? 0 : err_r(errno, "cannot write the topology");
}

static int import_put(FILE *file, const void *data)
{
    return fputs(data, file) < 0 ? -errno : 0;
}

/* A device or a pipe cannot be replaced. */
static bool import_is_stream(const char *path)
{
    struct stat st;

    return strcmp(path, "/dev/stdout") == 0 || strncmp(path, "/dev/fd/", 8) == 0 ||
           (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

static int import_to_stream(const char *path, const char *text)
{
    _cleanup_fclose_ FILE *file = fopen(path, "we");

    if (!file || fputs(text, file) < 0 || fflush(file) < 0)
        return err_r(errno, "cannot write '%s'", path);
    return 0;
}

/* Nothing is written before all of the dump was read. */
static int import_to(const char *dump, const struct import_line *line)
{
    _cleanup_free_ char *text = NULL;
    size_t length = 0;
    FILE *out = line->out ? open_memstream(&text, &length) : stdout;
    int r;

    if (!out)
        return err_r(ENOMEM, "cannot write the topology");
    r = import_write(dump, line, out);
    if (!line->out)
        return r;
    if (fclose(out) != 0 && r == 0)
        r = err_r(ENOMEM, "cannot write the topology");
    if (r < 0)
        return r;
    return import_is_stream(line->out) ? import_to_stream(line->out, text)
                                       : whole_file_write(line->out, import_put, text);
}

int verb_import(int argc, char **argv)
{
    static const char *const arguments[] = {"DUMP", NULL};
    static const struct cli_command command = {
        .verb = "import",
        .purpose = "Turns the JSON that Kmesh's status server prints for its dual-engine "
                   "configuration into a topology",
        .usage = "DUMP",
        .examples = "Examples:\n"
                    "  curl -s localhost:15200/debug/config_dump/dual-engine >dump.json\n"
                    "  waypost import dump.json -o mine.yaml\n"
                    "  sudo waypost up mine -t mine.yaml",
        .arguments = arguments,
        .required = 1,
        .options = import_argp_options,
        .option = import_option,
    };
    struct import_line options = {.options = {.waypoint_port = 15008}};
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, &options, &line);

    return cli_code(r < 0 ? r : import_to(line.argument[0], &options));
}
