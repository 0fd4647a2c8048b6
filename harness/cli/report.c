// SPDX-License-Identifier: Apache-2.0
/* waypost report: what a run's directory holds, in words and as JUnit. */
#include "cli/cli.h"
#include "cli/verbs.h"
#include "report/conclude.h"

static const char *const report_arguments[] = {"DIRECTORY", NULL};

static const struct argp_option report_options[] = {
    {"junit", 'J', "FILE", 0, "Also write a JUnit file", 0},
    {"tap", 'T', "FILE", 0, "Also write all of it as one TAP stream", 0},
    {"interrupted", 'I', NULL, 0, "The run was ended by a person: do not count what had not ended",
     0},
    {"expect", 'E', "FILE", 0, "Count the failures that FILE expects as skipped", 0},
    {"allow-skipped", 'S', NULL, 0, "A run in which every test was skipped is a success", 0},
    {"check", 'C', NULL, 0, "Only say whether every line of --expect names a test", 0},
    {0},
};

struct report_request {
    struct conclude_request conclude;
    bool check;
};

/* Where the option's file goes to; NULL when the option takes none. */
static const char **report_file(struct report_request *request, int key, const char **name)
{
    switch (key) {
    case 'J':
        *name = "junit";
        return &request->conclude.junit;
    case 'T':
        *name = "tap";
        return &request->conclude.tap;
    case 'E':
        *name = "expect";
        return &request->conclude.expect;
    default:
        return NULL;
    }
}

static int report_option(const struct cli_command *command, int key, const char *value, void *data)
{
    struct report_request *request = data;
    const char *name, **file = report_file(request, key, &name);

    if (key == 'I')
        request->conclude.interrupted = true;
    if (key == 'C')
        request->check = true;
    if (key == 'S')
        request->conclude.allow_skipped = true;
    if (!file)
        return 0;
    if (!*value)
        return cli_usage(command, "--%s needs the name of a file", name);
    *file = value;
    return 0;
}

static const struct cli_command report_command = {
    .verb = "report",
    .purpose = "count and explain the results of a run",
    .usage = "DIRECTORY",
    .examples = "Prints what failed and what was skipped, each with its reason, and as its last\n"
                "line `N passed, N failed, N skipped`. Exit codes: 0 all passed, 1 a test failed,\n"
                "3 one is inconclusive, 2 nothing ran, every test was skipped, or there is no\n"
                "such run.\n\n"
                "Examples:\n"
                "  waypost report results/20260101-120000-4711\n"
                "  waypost report results/20260101-120000-4711 --junit junit.xml\n"
                "  waypost report results/20260101-120000-4711 --expect "
                "suites/expectations/kmesh.txt",
    .arguments = report_arguments,
    .required = 1,
    .options = report_options,
    .option = report_option,
};

int verb_report(int argc, char **argv)
{
    struct report_request request = {0};
    struct cli_line line;
    int r = cli_parse(&report_command, argc, argv, &request, &line);

    if (r < 0)
        return cli_code(r);
    if (request.check && !request.conclude.expect)
        return cli_code(cli_usage(&report_command, "--check is about the file of --expect"));
    request.conclude.dir = line.argument[0];
    r = request.check ? conclude_check(&request.conclude) : conclude(&request.conclude, stdout);
    return r < 0 ? cli_code(r) : r;
}
