/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that a test printed, made safe for a terminal and for XML.
 */
#pragma once

#include <stddef.h>

/*
 * A copy of the bytes as valid UTF-8 without control characters: colours and other escape sequences
 * are left out, tabs and newlines stay, every other control character and every byte that is not
 * UTF-8 (or that XML has no room for) becomes `\xNN`. NULL when there is no memory; the caller
 * frees it.
 */
char *text_clean(const char *bytes, size_t length);

/* A list of strings that it owns. */
struct text_list {
    char **items;
    size_t n;
};

/* Takes ownership of `item` (NULL counts as out of memory), also on failure. 0 or -ENOMEM. */
int text_list_add(struct text_list *list, char *item);
void text_list_clear(struct text_list *list);
