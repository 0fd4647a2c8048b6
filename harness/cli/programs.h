/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs that take objects have in common. */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "lab/programs.h"

/* The options --objects, --variant and --mix: their keys, and their rows in a table of options. */
enum { PROGRAMS_OBJECTS = 512, PROGRAMS_VARIANT, PROGRAMS_MIX };

#define PROGRAMS_OPTIONS                                                                           \
    {"objects", PROGRAMS_OBJECTS, "DIR", 0, "The programs in DIR instead of waypost's own", 0},    \
        {"variant",                                                                                \
         PROGRAMS_VARIANT,                                                                         \
         "VARIANT",                                                                                \
         0,                                                                                        \
         "Where DIR has programs twice: normal or compat, the ones for kernels before 5.13 "       \
         "(default: normal; compat on such a kernel)",                                             \
         0},                                                                                       \
    {                                                                                              \
        "mix", PROGRAMS_MIX, NULL, 0, "Take what DIR does not have from waypost's own programs", 0 \
    }

/* Takes one of them. */
int programs_option(const struct cli_command *command, int key, const char *value,
                    struct programs_source *source);
/* After the command line was read: --mix and --variant need --objects. */
int programs_option_check(const struct cli_command *command, const struct programs_source *source);
