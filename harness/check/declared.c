// SPDX-License-Identifier: Apache-2.0
#include "check/declared.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DECLARED_NAME_MAX 128

/* Behind a comment or a preprocessor line that begins here; the same place when none does. */
static const char *declared_skip(const char *at, bool line_begins)
{
    const char *end;

    if (strncmp(at, "//", 2) == 0)
        return at + strcspn(at, "\n");
    if (strncmp(at, "/*", 2) == 0) {
        end = strstr(at + 2, "*/");
        return end ? end + 2 : at + strlen(at);
    }
    if (*at != '#' || !line_begins)
        return at;
    do {
        at += strcspn(at, "\n");
        end = at;
        at += *at == '\n';
    } while (*at && end[-1] == '\\');
    return at;
}

static const char *declared_name(const char *at, char name[DECLARED_NAME_MAX])
{
    const char *end = at;

    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    snprintf(name, DECLARED_NAME_MAX, "%.*s", (int)(end - at), at);
    return end;
}

bool declared_any(const char *text, declared_fn fn, void *data)
{
    char name[DECLARED_NAME_MAX];
    bool line_begins = true;
    int depth = 0;

    for (const char *at = text; *at;) {
        const char *behind = declared_skip(at, line_begins);

        if (behind != at) {
            line_begins = behind[-1] == '\n';
            at = behind;
            continue;
        }
        line_begins = *at == '\n';
        if (isalpha((unsigned char)*at) || *at == '_') {
            at = declared_name(at, name);
            if (depth == 0 && fn(data, name))
                return true;
            continue;
        }
        depth += (*at == '{' || *at == '(') - (*at == '}' || *at == ')');
        at++;
    }
    return false;
}
