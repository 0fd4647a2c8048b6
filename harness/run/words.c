// SPDX-License-Identifier: Apache-2.0
#include "run/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/log.h"

int words_add(struct strings *words, const char *fmt, ...)
{
    char *word = NULL;
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = vasprintf(&word, fmt, ap);
    va_end(ap);
    if (strings_take(words, r < 0 ? NULL : word) < 0)
        return err_r(ENOMEM, "cannot put a command line together");
    return 0;
}

int words_add_all(struct strings *words, const char *const *array)
{
    for (; array && *array; array++) {
        int r = words_add(words, "%s", *array);

        if (r < 0)
            return r;
    }
    return 0;
}
