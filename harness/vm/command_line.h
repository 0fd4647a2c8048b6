/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `./run.sh vm`. */
#pragma once

#include <stdbool.h>

#include "common/strings.h"
#include "run/options.h"

enum vm_verb { VM_SUITE, VM_VERIFIER, VM_DOCTOR, VM_EXEC };

struct command_line {
    /* Borrowed from the command line; NULL: not said. */
    const char *names; /* of kernels, "6.1,6.12" */
    const char *accelerator;
    const char *append;                /* for the kernel's command line */
    unsigned side_by_side, memory_mib; /* 0: not said */
    unsigned boot_limit_s, run_limit_s;
    bool dry_run, fetch, help; /* help: nothing else was looked at */
    enum vm_verb verb;
    struct options options; /* of `suite` and `verifier` */
    struct strings guest;   /* the verb and its words, with the paths that things have inside */
    struct strings host;    /* of `suite`: its words for the kernel that is running */
};

/* Reads argv[1] and on. -EINVAL, with a sentence, for a mistake. command_line_clear() frees what is
 * in *out, also then. */
int command_line_read(const struct site *site, int argc, char **argv, struct command_line *out);
void command_line_clear(struct command_line *line);
void command_line_print_help(void);
