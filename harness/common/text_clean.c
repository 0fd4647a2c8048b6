// SPDX-License-Identifier: Apache-2.0
/* Text from strangers, made safe to print. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define TEXT_ESCAPE 0x1b
#define TEXT_BELL   0x07

/* CSI: parameters and intermediates, then one final byte of 0x40..0x7e. */
static size_t text_csi_length(const char *bytes, size_t length)
{
    size_t i = 2;

    while (i < length && (unsigned char)bytes[i] >= 0x20 && (unsigned char)bytes[i] < 0x40)
        i++;
    return i < length ? i + 1 : i;
}

/* OSC (titles, links): to BEL or to ESC \. One that is not closed ends with the text. */
static size_t text_osc_length(const char *bytes, size_t length)
{
    for (size_t i = 2; i < length; i++) {
        if (bytes[i] == TEXT_BELL)
            return i + 1;
        if (bytes[i] == TEXT_ESCAPE)
            return i + 1 < length ? i + 2 : length;
    }
    return length;
}

/* The length of the escape sequence that bytes[0] begins. */
static size_t text_escape_length(const char *bytes, size_t length)
{
    if (length < 2)
        return length;
    if (bytes[1] == '[')
        return text_csi_length(bytes, length);
    if (bytes[1] == ']')
        return text_osc_length(bytes, length);
    return 2;
}

/* How many bytes the lead byte of a UTF-8 sequence asks for, and the bits that it carries. */
static size_t text_lead(unsigned char lead, uint32_t *bits)
{
    if (lead >= 0xc2 && lead < 0xe0) {
        *bits = lead & 0x1f;
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        *bits = lead & 0x0f;
        return 3;
    }
    if (lead >= 0xf0 && lead < 0xf5) {
        *bits = lead & 0x07;
        return 4;
    }
    return 0;
}

/* The length of the multi-byte character at bytes[0] in its shortest form, or 0. */
static size_t text_decode(const char *bytes, size_t length, uint32_t *c)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = text_lead((unsigned char)bytes[0], c);

    if (n == 0 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | ((unsigned char)bytes[i] & 0x3f);
    }
    return *c >= smallest[n] && *c <= 0x10ffff && !(*c >= 0xd800 && *c < 0xe000) ? n : 0;
}

static bool text_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* The length of the multi-byte character at bytes[0], if XML 1.0 can hold it, or 0. */
static size_t text_character_length(const char *bytes, size_t length)
{
    uint32_t c = 0;
    size_t n = text_decode(bytes, length, &c);

    return n > 0 && !text_is_control(c) && c != 0xfffe && c != 0xffff ? n : 0;
}

static bool text_is_plain(unsigned char c)
{
    return c == '\t' || c == '\n' || (c >= 0x20 && c < 0x7f);
}

char *text_clean(const char *bytes, size_t length)
{
    char *clean = malloc(4 * length + 1); /* the longest replacement, \xNN, is four */
    size_t used = 0, i = 0;

    while (clean && i < length) {
        unsigned char c = (unsigned char)bytes[i];
        size_t n = c >= 0x80 ? text_character_length(bytes + i, length - i) : text_is_plain(c);

        if (n > 0) {
            memcpy(clean + used, bytes + i, n);
            used += n;
        } else if (c == TEXT_ESCAPE) {
            n = text_escape_length(bytes + i, length - i);
        } else if (!(c == '\r' && (i + 1 == length || bytes[i + 1] == '\n'))) {
            used += (size_t)sprintf(clean + used, "\\x%02x", c);
        }
        i += n ? n : 1;
    }
    if (clean)
        clean[used] = '\0';
    return clean;
}

char *text_clean_line(char *text)
{
    size_t length = strlen(text), n;

    for (size_t i = 0; i < length; i += n) {
        unsigned char c = (unsigned char)text[i];

        n = c >= 0x80 ? text_character_length(text + i, length - i) : c >= 0x20 && c < 0x7f;
        if (n > 0)
            continue;
        text[i] = '?';
        n = 1;
    }
    return text;
}

size_t text_printable(const char *bytes, size_t length)
{
    size_t i = 0, n;

    for (; i < length; i += n) {
        unsigned char lead = (unsigned char)bytes[i];
        uint32_t c = lead;

        n = lead < 0x80 ? 1 : text_decode(bytes + i, length - i, &c);
        if (n == 0 || (text_is_control(c) && c != '\t' && c != '\n'))
            break;
    }
    return i;
}

bool text_is_unfinished(const char *bytes, size_t length)
{
    uint32_t bits;

    if (length == 0 || length >= text_lead((unsigned char)bytes[0], &bits))
        return false;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t text_escaped(const char *bytes, size_t length, char out[TEXT_ESCAPED_MAX])
{
    unsigned char lead = (unsigned char)bytes[0];
    uint32_t c = lead;
    size_t n = lead < 0x80 ? 1 : text_decode(bytes, length, &c);

    snprintf(out, TEXT_ESCAPED_MAX, n > 0 ? "\\u%04x" : "\\x%02x", n > 0 ? c & 0xffff : lead);
    return n > 0 ? n : 1;
}

const char *text_quote(const char *text, char out[TEXT_QUOTE_MAX])
{
    size_t length = strnlen(text, TEXT_QUOTE_MAX);
    bool whole = length < TEXT_QUOTE_MAX - 3;

    if (!whole)
        length = TEXT_QUOTE_MAX - 4;
    /* No half of a character. */
    while (!whole && length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    memcpy(out, text, length);
    strcpy(out + length, whole ? "" : "...");
    return text_clean_line(out);
}
