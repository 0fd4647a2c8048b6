// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "cli/cli.h"
#include "cli/verbs.h"
#include "lab/other.h"
#include "place/lock.h"

static const char *const other_actions[] = {"attach", "detach", NULL};

static int other_run(struct lab *lab, bool attach, const struct cli_line *line)
{
    int r = lab_lock(lab, LAB_LOCK_EXCLUSIVE);

    if (r < 0)
        return r;
    if (!attach)
        return other_detach(lab);
    return other_attach(lab, line->argument[2], line->argument[3]);
}

int verb_other(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "ACTION", "PROGRAMS", "END", NULL};
    static const struct cli_command command = {
        .verb = "other",
        .purpose =
            "Attaches another agent's programs beside the datapath, or takes all of them off",
        .usage = "LAB attach PROGRAMS END\nLAB detach",
        .examples = "PROGRAMS is a BPF object file, or one of waypost's own: takes (puts every "
                    "connection into a sockhash with an sk_msg program), moves (redirects connects "
                    "by their port). END is a pod (they run before the datapath's), a node (after "
                    "what is attached there) or the lab (after all). `waypost reset` takes them "
                    "off.\n\n"
                    "Examples:\n  sudo waypost other demo attach takes client\n"
                    "  sudo waypost other demo attach ./agent.bpf.o node\n"
                    "  sudo waypost other demo detach",
        .arguments = arguments,
        .required = 2,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct cli_line line;
    bool attach;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0 ||
        cli_choice(&command, "ACTION", line.argument[1], other_actions) < 0)
        return CODE_MISTAKE;
    attach = strcmp(line.argument[1], "attach") == 0;
    if (attach && !line.argument[3])
        return cli_code(cli_usage(&command, "attach needs PROGRAMS and END"));
    if (!attach && line.argument[2])
        return cli_code(cli_usage(&command, "detach takes no more words"));
    r = cli_open_lab(&command, line.argument[0], &lab);
    return cli_code(r < 0 ? r : other_run(lab, attach, &line));
}
