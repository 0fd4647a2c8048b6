/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `waypost repro` and `waypost shrink`: a bundle, flows, and programs. */
#pragma once

#include "cli/cli.h"
#include "cli/flow_words.h"
#include "cli/programs.h"
#include "field/reproduction.h"

/* Embedded as the first member of a verb's options. */
struct bundle_line {
    struct programs_source source;
    json_t *flows; /* from --flow; owned */
};

#define BUNDLE_LINE_OPTIONS                                                                        \
    FLOW_WORDS_OPTION("A flow from a pod's address or name, instead of the bundle's; "             \
                      "ADDRESS:PORT,ADDRESS:PORT are connects of one socket; may be repeated"),    \
        PROGRAMS_OPTIONS

int bundle_line_option(const struct cli_command *command, int key, const char *value,
                       struct bundle_line *line);
/*
 * Reads the command line, and the bundle that it names into *out: 0, or what cli_code() takes after
 * a sentence. `options` is the verb's own, and `line` a member of it. Without a directory of
 * objects the bundle's are taken.
 */
int bundle_line_parse(const struct cli_command *command, int argc, char **argv, void *options,
                      struct bundle_line *line, struct reproduction *out);
void bundle_line_release(struct bundle_line *line);
#define _cleanup_bundle_line_ _cleanup_(bundle_line_release)
