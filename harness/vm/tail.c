// SPDX-License-Identifier: Apache-2.0
#include "vm/tail.h"

#include <string.h>

#include "common/cleanup.h"

#define TAIL_BYTES 2000 /* of a file's end that are looked at */

/* What a terminal shows of it as letters: a serial console has carriage returns and colours. */
static void tail_copy(const char *line, char out[TAIL_MAX])
{
    size_t n = 0;

    for (; *line && n < TAIL_MAX - 1; line++)
        if (*line >= ' ' && *line <= '~')
            out[n++] = *line;
    out[n] = '\0';
}

void tail_line(const char *path, char out[TAIL_MAX])
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    _cleanup_free_ char *line = NULL;
    char clean[TAIL_MAX];
    size_t size = 0;

    *out = '\0';
    if (!file)
        return;
    /* A shorter one is read from its beginning. */
    if (fseek(file, -TAIL_BYTES, SEEK_END) < 0)
        rewind(file);
    while (getline(&line, &size, file) >= 0) {
        tail_copy(line, clean);
        if (*clean)
            strcpy(out, clean);
    }
}

static bool tail_has(const char *line, const char *const *texts)
{
    for (; *texts; texts++)
        if (strstr(line, *texts))
            return true;
    return false;
}

bool tail_find(const char *path, const char *const *texts, char out[TAIL_MAX])
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    _cleanup_free_ char *line = NULL;
    size_t size = 0;

    while (file && getline(&line, &size, file) >= 0) {
        if (!tail_has(line, texts))
            continue;
        tail_copy(line, out);
        return true;
    }
    return false;
}
