// SPDX-License-Identifier: Apache-2.0
#include "cli/settings_line.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"

int settings_line_add(const struct cli_command *command, const char *what, const char *word,
                      struct settings_line *line)
{
    const char *equals = strchr(word, '=');
    char *copy;

    if (!equals || equals == word || !equals[1])
        return cli_usage(command, "%s is '%.60s', must be NAME=VALUE", what, word);
    if (line->n == SETTINGS_MAX)
        return cli_usage(command, "more than %d settings", SETTINGS_MAX);
    copy = strdup(word);
    if (!copy)
        return err_r(ENOMEM, "cannot read the command line");
    copy[equals - word] = '\0';
    line->settings[line->n] = (struct setting){copy, copy + (equals - word) + 1};
    line->copies[line->n++] = copy;
    return 0;
}

void settings_line_release(struct settings_line *line)
{
    for (size_t i = 0; i < line->n; i++)
        free(line->copies[i]);
}
