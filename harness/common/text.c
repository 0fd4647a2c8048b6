// SPDX-License-Identifier: Apache-2.0
#include "common/text.h"

#include <errno.h>
#include <stdio.h>

#include "common/log.h"

int text_format_v(char **out, const char *fmt, va_list ap)
{
    if (vasprintf(out, fmt, ap) >= 0)
        return 0;
    *out = NULL;
    return err_r(ENOMEM, "cannot put a text together");
}

int text_format(char **out, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = text_format_v(out, fmt, ap);
    va_end(ap);
    return r;
}
