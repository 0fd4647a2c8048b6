// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agent/ask.h"
#include "cli/cli.h"
#include "lab/marks_witness.h"
#include "lab/other.h"
#include "cli/verbs.h"
#include "lab/events.h"
#include "maps/baseline.h"
#include "place/lock.h"

static int reset_drain(const struct lab *lab)
{
    _cleanup_(events_close) struct events *events = NULL;
    int r = events_open(lab, NULL, NULL, 0, &events);

    if (r < 0)
        return r;
    r = events_read(events, NULL, NULL);
    return r < 0 ? r : 0;
}

/* Connections first: when they close, the programs remove map entries and write reports. */
static int reset_run(struct lab *lab)
{
    int r = lab_lock(lab, LAB_LOCK_EXCLUSIVE);

    if (r < 0)
        return r;
    r = ask_reset(lab);
    if (r < 0)
        return r;
    r = maps_restore_baseline(lab);
    if (r < 0)
        return r;
    r = other_detach(lab);
    if (r < 0)
        return r;
    r = marks_reset(lab);
    return r < 0 ? r : reset_drain(lab);
}

int verb_reset(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", NULL};
    static const struct cli_command command = {
        .verb = "reset",
        .purpose = "Brings a lab back to the state that its topology gives it, without rebuilding: "
                   "connections dropped, maps as after `waypost up`, logs drained",
        .usage = "LAB",
        .examples = "Examples:\n"
                    "  sudo waypost reset demo",
        .arguments = arguments,
        .required = 1,
    };
    _cleanup_(lab_free) struct lab *lab = NULL;
    struct cli_line line;
    int r = cli_parse(&command, argc, argv, NULL, &line);

    if (r < 0)
        return cli_code(r);
    if (cli_name(&command, "LAB", line.argument[0]) < 0)
        return CODE_MISTAKE;
    r = cli_open_lab(&command, line.argument[0], &lab);
    if (r < 0)
        return cli_code(r);
    return reset_run(lab) < 0 ? CODE_FAILED : CODE_DONE;
}
