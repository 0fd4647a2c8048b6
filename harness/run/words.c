// SPDX-License-Identifier: Apache-2.0
#include "run/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"

static size_t words_count(char *const *words)
{
    size_t n = 0;

    while (words && words[n])
        n++;
    return n;
}

int words_add(char ***words, const char *fmt, ...)
{
    size_t n = words_count(*words);
    char **more = reallocarray(*words, n + 2, sizeof(*more));
    va_list ap;
    int r;

    if (!more)
        return err_r(ENOMEM, "cannot put a command line together");
    *words = more;
    more[n] = more[n + 1] = NULL;
    va_start(ap, fmt);
    r = vasprintf(&more[n], fmt, ap);
    va_end(ap);
    if (r >= 0)
        return 0;
    more[n] = NULL;
    return err_r(ENOMEM, "cannot put a command line together");
}

int words_copy(const char *const *words, char ***out)
{
    _cleanup_(words_free) char **copy = calloc(1, sizeof(*copy));

    if (!copy)
        return err_r(ENOMEM, "cannot put a command line together");
    for (; words && *words; words++) {
        int r = words_add(&copy, "%s", *words);

        if (r < 0)
            return r;
    }
    *out = TAKE_PTR(copy);
    return 0;
}

void words_free(char ***words)
{
    for (size_t i = 0; *words && (*words)[i]; i++)
        free((*words)[i]);
    free(*words);
    *words = NULL;
}
