// SPDX-License-Identifier: Apache-2.0
#include "unit/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

struct format {
    const char *at, *end;
    const uint64_t *args;
    size_t n_args;
    FILE *out;
};

static void format_signed(FILE *out, uint64_t value, bool is_long)
{
    fprintf(out, "%" PRId64, is_long ? (int64_t)value : (int32_t)value);
}

/* 'd', 'i', 's' and 'u' in decimal, 'x' and 'p' in hexadecimal. */
static void format_number(FILE *out, char verb, bool is_long, uint64_t value)
{
    if (!is_long && verb != 'p')
        value &= UINT32_MAX;
    if (verb == 'x' || verb == 'p')
        fprintf(out, "%" PRIx64, value);
    else if (verb == 'u')
        fprintf(out, "%" PRIu64, value);
    else
        format_signed(out, value, is_long);
}

/* Behind the '%'. A verb that is not known is shown as it stands. */
static void format_verb(struct format *f)
{
    const char *start = f->at;
    bool is_long;

    if (f->at < f->end && *f->at == '%') {
        fputc(*f->at++, f->out);
        return;
    }
    while (f->at < f->end && *f->at == 'l')
        f->at++;
    is_long = f->at > start;
    if (f->at == f->end || !strchr("diusxp", *f->at) || !*f->at) {
        fprintf(f->out, "%%%.*s", (int)(f->at - start), start);
    } else if (!f->n_args) {
        fprintf(f->out, "%%%.*s(missing)", (int)(f->at - start + 1), start);
        f->at++;
    } else {
        format_number(f->out, *f->at++, is_long, *f->args++);
        f->n_args--;
    }
}

int result_format(const char *fmt, size_t length, const uint64_t *args, size_t n_args, char **out)
{
    _cleanup_free_ char *text = NULL;
    size_t size;
    struct format f = {.at = fmt, .end = fmt + strnlen(fmt, length), .args = args};

    f.n_args = n_args;
    f.out = open_memstream(&text, &size);
    if (!f.out)
        return -ENOMEM;
    while (f.at < f.end) {
        char c = *f.at++;

        if (c == '%')
            format_verb(&f);
        else
            fputc(c, f.out);
    }
    if (fclose(f.out) != 0)
        return -ENOMEM;
    *out = TAKE_PTR(text);
    return 0;
}
