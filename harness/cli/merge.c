// SPDX-License-Identifier: Apache-2.0
/* waypost merge: the JUnit files of shards and kernels as one, and where they differ. */
#include "cli/cli.h"
#include "cli/verbs.h"
#include "report/junit_file.h"
#include "report/merge.h"

static const struct argp_option merge_options[] = {
    {"junit", 'J', "FILE", 0, "Write all of it as one JUnit file", 0},
    {0},
};

static int merge_option(const struct cli_command *command, int key, const char *value, void *data)
{
    const char **junit = data;

    (void)key;
    if (!*value)
        return cli_usage(command, "--junit needs the name of a file");
    *junit = value;
    return 0;
}

static const char *const merge_arguments[] = {NULL};

static const struct cli_command merge_command = {
    .verb = "merge",
    .purpose =
        "Puts the JUnit files of several shards and kernels together: a line per kernel, the "
        "tests that did not end alike on all of them, and the closing line",
    .usage = "FILE...",
    .examples =
        "A shard of which there is no file is a failure. Exit codes: 0 all passed, 1 a test\n"
        "failed or a shard is missing, 2 nothing ran or a file is none of waypost's.\n\n"
        "Examples:\n"
        "  waypost merge 6.1.xml 6.12.xml\n"
        "  waypost merge --junit all.xml shard-*.xml",
    .arguments = merge_arguments,
    .takes_command = true,
    .options = merge_options,
    .option = merge_option,
};

int verb_merge(int argc, char **argv)
{
    _cleanup_(merge_free) struct merge *merge = NULL;
    const char *junit = NULL;
    struct cli_line line;
    int r = cli_parse(&merge_command, argc, argv, &junit, &line);

    if (r == 0)
        r = merge_new(&merge);
    for (char **file = line.command; r == 0 && *file; file++)
        r = merge_add(merge, *file);
    if (r == 0)
        r = merge_finish(merge);
    if (r == 0 && junit)
        r = junit_file_write(merge->xml, junit);
    if (r == 0)
        r = merge_print(merge, stdout);
    return r < 0 ? cli_code(r) : merge_exit_code(merge);
}
