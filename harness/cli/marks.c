// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"
#include "cli/verbs.h"
#include "cli/marks_ask.h"

int verb_marks(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", "ACTION", "NODE", "END", "WORD", NULL};
    static const struct cli_command command = {
        .verb = "marks",
        .purpose = "Attaches the programs that mark packets for encryption, or takes them off; "
                   "says which marks left a node",
        .usage = "LAB attach|detach|forget\nLAB filters NODE END\nLAB seen NODE END PROTOCOL\n"
                 "LAB set NODE END MARK",
        .examples = "END is a pod of the node or another node: the interface that leads to it.\n\n"
                    "Examples:\n  sudo waypost marks demo seen node1 node2 tcp\n"
                    "  sudo waypost marks demo set node2 node1 e0",
        .arguments = arguments,
        .required = 2,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    if (r == 0)
        r = cli_name(&command, "LAB", line.argument[0]);
    if (r == 0)
        r = cli_open_lab(&command, line.argument[0], &lab);
    return cli_code(r < 0 ? r : marks_ask(lab, &line.argument[1]));
}
