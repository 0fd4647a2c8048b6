/* SPDX-License-Identifier: Apache-2.0 */
/* `--flow FROM TO`, as capture, repro and shrink take it. */
#pragma once

#include <jansson.h>

#include "cli/cli.h"

/*
 * Reads "FROM ADDRESS:PORT[,ADDRESS:PORT…]" into {"from", "to": […]}, appended to `flows`. Several
 * destinations are one socket's connects, one after the other. -EINVAL says nothing.
 */
int flow_words_parse(const char *from, const char *to, json_t *flows);
/* `--flow FROM TO` are two words to a person and one to argp: joins them by a blank, in place. */
void flow_words_join(int *argc, char **argv);
/* The joined word. -EINVAL after a usage error. */
int flow_words_option(const struct cli_command *command, const char *value, json_t *flows);
