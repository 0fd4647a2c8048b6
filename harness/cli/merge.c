// SPDX-License-Identifier: Apache-2.0
/* waypost merge: the JUnit files of shards and kernels as one, and where they differ. */
#include <errno.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "common/whole_file.h"
#include "report/merge.h"

static const struct argp_option merge_options[] = {
    {"junit", 'J', "FILE", 0, "Write all of it as one JUnit file", 0},
    {"allow-skipped", 'S', NULL, 0, "Runs in which every test was skipped are a success", 0},
    {0},
};

struct merge_request {
    const char *junit; /* NULL: none */
    bool allow_skipped;
};

static int merge_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct merge_request *request = data;

    if (key == 'S') {
        request->allow_skipped = true;
        return 0;
    }
    if (!*value)
        return cli_usage(command, "--junit needs the name of a file");
    request->junit = value;
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
        "failed or a shard is missing, 3 one is inconclusive, 2 nothing ran, every test was\n"
        "skipped, or a file is none of waypost's.\n\n"
        "Examples:\n"
        "  waypost merge 6.1.xml 6.12.xml\n"
        "  waypost merge --junit all.xml shard-*.xml",
    .arguments = merge_arguments,
    .takes_command = true,
    .options = merge_options,
    .option = merge_option,
};

static int merge_save(FILE *file, const void *data)
{
    const struct memory_file *made = data;

    errno = 0;
    if (made->size && fwrite(made->bytes, made->size, 1, file) != 1)
        return errno ? -errno : -EIO;
    return 0;
}

static int merge_show(const struct merged *merged, const struct merge_request *request)
{
    int r = 0;

    if (request->junit)
        r = whole_file_write(request->junit, merge_save,
                             memory_files_find(&merged->results, MERGED_JUNIT));
    if (r < 0)
        return r;
    r = merge_save(stdout, memory_files_find(&merged->results, MERGED_TEXT));
    return r < 0 ? err_r(r, "cannot write the result") : 0;
}

static void merged_release(struct merged *merged)
{
    memory_files_free(&merged->results);
}

int verb_merge(int argc, char **argv)
{
    _cleanup_(merged_release) struct merged merged = {};
    struct merge_request request = {0};
    struct cli_line line;
    int r = cli_parse(&merge_command, argc, argv, &request, &line);

    if (r < 0)
        return cli_code(r);
    r = merge_files(line.command, request.allow_skipped, &merged);
    if (r < 0)
        return cli_code(r);
    r = merge_show(&merged, &request);
    return r < 0 ? cli_code(r) : merged.exit_code;
}
