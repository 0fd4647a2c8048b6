/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is put together, and text from strangers made safe to print. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
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

/*
 * For text that comes in pieces (common/terminal.c). How many bytes, from the first on, are whole
 * characters that can be printed, tabs and newlines among them.
 */
size_t text_printable(const char *bytes, size_t length);
/* All of the bytes are the beginning of one character, whose end may follow. */
bool text_is_unfinished(const char *bytes, size_t length);
/* Longest result of text_escaped() with its terminator. */
#define TEXT_ESCAPED_MAX 8
/* Where text_printable() ended: `\uNNNN` of a control character, `\xNN` of a byte that is not
 * UTF-8. Returns how many bytes it stands for. */
size_t text_escaped(const char *bytes, size_t length, char out[TEXT_ESCAPED_MAX]);

/* Longest result of text_quote() with its terminator. */
#define TEXT_QUOTE_MAX 64
/* The text as it may stand in a message of one line: as text_clean_line(), cut when it is long. */
const char *text_quote(const char *text, char out[TEXT_QUOTE_MAX]);
