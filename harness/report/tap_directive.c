// SPDX-License-Identifier: Apache-2.0
#include "report/tap_directive.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

const char *tap_find_skip(const char *description)
{
    static const char skip[] = "# skip";

    for (const char *at = description + strlen(description); at >= description; at--)
        if (strncasecmp(at, skip, strlen(skip)) == 0 && (at == description || at[-1] == ' ') &&
            !isalnum((unsigned char)at[strlen(skip)]))
            return at == description ? at : at - 1;
    return NULL;
}

const char *tap_bats_skip(const char *description, const char *name)
{
    static const char skip[] = " # skip";
    size_t length = name ? strlen(name) : 0;
    const char *rest = description + length;

    if (!name || strncmp(description, name, length) != 0)
        return tap_find_skip(description);
    if (strncmp(rest, skip, strlen(skip)) == 0 && strchr(" ", rest[strlen(skip)]))
        return rest;
    return *rest ? tap_find_skip(description) : NULL;
}

const char *tap_skip_reason(const char *skip)
{
    skip += *skip == ' ';
    skip += strlen("# skip");
    return skip + strspn(skip, " ");
}

/* "  `COMMAND' failed", or "… failed with status 3". */
static bool tap_is_command(const char *line, size_t length)
{
    const char *failed =
        length > 3 && strncmp(line, "  `", 3) == 0 ? strstr(line, "' failed") : NULL;

    return failed && failed < line + length;
}

size_t tap_where(const char *detail)
{
    size_t length;

    if (strncmp(detail, "(from function `", 16) != 0 && strncmp(detail, "(in test file ", 14) != 0)
        return 0;
    for (const char *line = detail; *line; line += length) {
        bool found;

        length = strcspn(line, "\n");
        found = tap_is_command(line, length);
        length += line[length] == '\n';
        if (found)
            return (size_t)(line - detail) + length;
    }
    return 0;
}
