/* SPDX-License-Identifier: Apache-2.0 */
/* "NAME=VALUE" on a command line: of `waypost set` and of `waypost up --set`. */
#pragma once

#include "cli/cli.h"
#include "lab/settings.h"

#define SETTINGS_MAX 32

struct settings_line {
    struct setting settings[SETTINGS_MAX]; /* each points into one of the copies */
    char *copies[SETTINGS_MAX];
    size_t n;
};

/* -EINVAL after a usage error. */
int settings_line_add(const struct cli_command *command, const char *what, const char *word,
                      struct settings_line *line);
void settings_line_release(struct settings_line *line);
