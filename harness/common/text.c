// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/log.h"

int text_format(char **out, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = vasprintf(out, fmt, ap);
    va_end(ap);
    if (r >= 0)
        return 0;
    *out = NULL;
    return err_r(ENOMEM, "cannot put a text together");
}
