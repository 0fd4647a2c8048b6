/* SPDX-License-Identifier: Apache-2.0 */
/* `--flow FROM ADDRESS:PORT[,ADDRESS:PORT…]`, of capture, repro and shrink. Several destinations
 * are one socket's connects, one after the other. */
#pragma once

#include <jansson.h>

#include "cli/cli.h"

enum { FLOW_WORDS_KEY = 600 };
/* Its row in a table of options. */
#define FLOW_WORDS_OPTION(doc)                                                                     \
    {                                                                                              \
        "flow", FLOW_WORDS_KEY, "FROM ADDRESS:PORT", 0, doc, 0                                     \
    }

/* Appends {"from", "to": […]} to *flows, which is made where it is NULL. -EINVAL after a usage
 * error. */
int flow_words_option(const struct cli_command *command, const char *value, json_t **flows);
