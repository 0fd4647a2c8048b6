/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is put together, and text from strangers made safe to print. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* asprintf() that says so when there is no memory: -ENOMEM, and *out is NULL then. The caller frees
 * *out. */
int text_format(char **out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int text_format_v(char **out, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/*
 * A copy of the bytes as valid UTF-8 without control characters: colours and other escape sequences
 * are left out, tabs and newlines stay, every other control character and every byte that is not
 * UTF-8 (or that XML has no room for) becomes `\xNN`. NULL when there is no memory; the caller
 * frees it.
 */
char *text_clean(const char *bytes, size_t length);
/*
 * Makes the text fit for one line of a terminal, where it stands: every control character, tabs and
 * newlines too, and every byte that is not UTF-8 becomes '?'. Returns `text`.
 */
char *text_clean_line(char *text);

/* Longest result of text_quote() with its terminator. */
#define TEXT_QUOTE_MAX 64
/* The text as it may stand in a message of one line: as text_clean_line(), cut when it is long. */
const char *text_quote(const char *text, char out[TEXT_QUOTE_MAX]);
