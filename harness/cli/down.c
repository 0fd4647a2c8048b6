// SPDX-License-Identifier: Apache-2.0
#include "cli/down.h"

#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "common/log.h"
#include "lab/up.h"
#include "place/open.h"

static int down_option(const struct cli_command *command, int key, const char *value, void *data)
{
    bool *all = data;

    (void)command;
    (void)key;
    (void)value;
    *all = true;
    return 0;
}

void down_interrupted(const char *lab)
{
    err_say(EINTR, "SIG%s: lab '%s' is half down: `waypost down %s` takes down what is left of it",
            sigabbrev_np(interrupt_noted()), lab, lab);
}

static int down_one(const char *name)
{
    _cleanup_(lab_free) struct lab *lab = NULL;
    int r = lab_open_any(name, &lab);

    if (r < 0)
        return cli_code(r);
    r = lab_down(lab, &interrupt_stop);
    if (r == -EINTR)
        down_interrupted(name);
    return r < 0 ? CODE_FAILED : CODE_DONE;
}

static int down_all(void)
{
    _cleanup_strings_ struct strings names = {0};
    int code = lab_list(&names) < 0 ? CODE_FAILED : CODE_DONE;

    for (size_t i = 0; i < names.n; i++) {
        if (interrupt_noted()) {
            err_say(EINTR, "SIG%s: %zu labs were not taken down: `waypost down --all` goes on",
                    sigabbrev_np(interrupt_noted()), names.n - i);
            return CODE_FAILED;
        }
        if (down_one(names.items[i]) != CODE_DONE)
            code = CODE_FAILED;
    }
    return code;
}

/* `name` NULL: all labs. */
static int down_run(const char *name)
{
    _cleanup_interrupt_ struct interrupt interrupt;

    interrupt_note(&interrupt);
    return name ? down_one(name) : down_all();
}

int verb_down(int argc, char **argv)
{
    static const char *const arguments[] = {"LAB", NULL};
    static const struct argp_option options[] = {
        {"all", 'a', NULL, 0, "Take every lab down", 0},
        {0},
    };
    static const struct cli_command command = {
        .verb = "down",
        .purpose = "Takes a lab down: kills what runs in it and removes every part of it. A lab "
                   "that was built by half is no error",
        .usage = "LAB\n--all",
        .examples = "Examples:\n"
                    "  sudo waypost down demo\n"
                    "  sudo waypost down --all",
        .arguments = arguments,
        .options = options,
        .option = down_option,
    };
    struct cli_line line;
    bool all = false;
    int r = cli_parse(&command, argc, argv, &all, &line);

    if (r < 0)
        return cli_code(r);
    if (all == (line.argument[0] != NULL)) {
        cli_usage(&command, all ? "give a LAB or --all, not both" : "LAB is missing, or --all");
        return CODE_MISTAKE;
    }
    if (!all && cli_name(&command, "LAB", line.argument[0]) < 0)
        return CODE_MISTAKE;
    if (cli_need_root(&command) < 0)
        return CODE_FAILED;
    return down_run(all ? NULL : line.argument[0]);
}
