// SPDX-License-Identifier: Apache-2.0
#include "serve/serve.h"

#include "cli/cli.h"
#include "cli/verbs.h"

int verb_serve(int argc, char **argv, int (*run_verb)(int argc, char **argv))
{
    static const char *const arguments[] = {NULL};
    static const struct cli_command command = {
        .verb = "serve",
        .purpose = "Answers the words of the suites (suites/lib/waypost.bash) on stdin and stdout, "
                   "for one bats process, and ends with it. Not for people",
        .usage = "",
        .examples = "",
        .arguments = arguments,
    };
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    if (r < 0)
        return cli_code(r);
    return serve_requests(run_verb) < 0 ? CODE_FAILED : CODE_DONE;
}
