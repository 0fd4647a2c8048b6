// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"

int cli_usage(const struct cli_command *command, const char *fmt, ...)
{
    _cleanup_free_ char *sentence = NULL;
    va_list ap;

    va_start(ap, fmt);
    text_format_v(&sentence, fmt, ap);
    va_end(ap);
    return err_say(EINVAL, "%s: %s; try `waypost %s --help`", command->verb,
                   sentence ? sentence : fmt, command->verb);
}

/* Levenshtein's distance; words longer than the buffer are far from everything. */
static size_t cli_distance(const char *a, const char *b)
{
    size_t row[33], length = strlen(b);

    if (length >= ARRAY_SIZE(row) || strlen(a) >= ARRAY_SIZE(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[length];
}

const char *cli_nearest(const char *text, const char *const *choices)
{
    size_t best = strlen(text) <= 3 ? 2 : 3; /* below this many letters apart */
    const char *nearest = NULL;

    for (; *choices; choices++) {
        size_t distance = cli_distance(text, *choices);

        if (distance < best && distance < strlen(*choices)) {
            best = distance;
            nearest = *choices;
        }
    }
    return nearest;
}

int cli_number(const struct cli_command *command, const char *what, const char *text, int64_t min,
               int64_t max, int64_t *out)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno || end == text || *end || text[0] == ' ' || number < min || number > max)
        return cli_usage(command, "%s is '%s', must be a number from %lld to %lld", what, text,
                         (long long)min, (long long)max);
    *out = number;
    return 0;
}

int cli_choice(const struct cli_command *command, const char *what, const char *text,
               const char *const *choices)
{
    char list[256] = "";

    for (const char *const *c = choices; *c; c++) {
        if (strcmp(text, *c) == 0)
            return 0;
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", *list ? ", " : "", *c);
    }
    return cli_usage(command, "%s is '%s', must be one of %s", what, text, list);
}

int cli_family(const struct cli_command *command, const char *text, enum family *out)
{
    if (family_from_name(text, out) < 0)
        return cli_usage(command, "--family is '%s', must be v4, v6 or mapped", text);
    return 0;
}

int cli_default_family(const struct cli_command *command, enum family *out)
{
    const char *text = getenv("WAYPOST_FAMILY");

    *out = FAMILY_V4;
    if (text && *text && family_from_name(text, out) < 0)
        return cli_usage(command, "$WAYPOST_FAMILY is '%s', must be v4, v6 or mapped", text);
    return 0;
}

int cli_need_root(const struct cli_command *command)
{
    if (geteuid() != 0)
        return err_say(EPERM, "waypost %s needs root: run it with sudo", command->verb);
    return 0;
}

int cli_code(int r)
{
    switch (-r) {
    case 0:
    case -CLI_HELPED:
        return CODE_DONE;
    case EINVAL:
    case ENOENT:
    case EEXIST:
        return CODE_MISTAKE;
    default:
        return r < 0 ? CODE_FAILED : CODE_DONE;
    }
}

void cli_print_json(const json_t *j)
{
    json_dumpf(j, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
    putchar('\n');
}
