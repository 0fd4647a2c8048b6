// SPDX-License-Identifier: Apache-2.0
/* What only verbs with a lab need: apart, so that a program without labs need not have them. */
#include "cli/cli.h"
#include "place/open.h"

int cli_name(const struct cli_command *command, const char *what, const char *text)
{
    if (topology_name_check(text) < 0)
        return cli_usage(command,
                         "%s '%.40s' cannot be a name: a-z, 0-9 and '-' within, at most %d letters",
                         what, text, TOPOLOGY_NAME_MAX);
    return 0;
}

int cli_open_lab(const struct cli_command *command, const char *name, struct lab **out)
{
    int r = cli_need_root(command);

    return r < 0 ? r : lab_open(name, out);
}
