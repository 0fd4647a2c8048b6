/* SPDX-License-Identifier: Apache-2.0 */
/* A list of strings that it owns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"

/* All zero is an empty list. items[n] is NULL where there are items. */
struct strings {
    char **items;
    size_t n;
};

/* Takes ownership of `item` (NULL counts as out of memory), also on failure. -ENOMEM; says nothing.
 */
int strings_take(struct strings *strings, char *item);
/* Adds a copy. -ENOMEM; says nothing. */
int strings_add(struct strings *strings, const char *item);
/* By their bytes. */
void strings_sort(struct strings *strings);
bool strings_have(const struct strings *strings, const char *item);
/* All of them with `between` in between; the caller frees it. NULL when there is no memory. */
char *strings_join(const struct strings *strings, const char *between);
void strings_clear(struct strings *strings);
#define _cleanup_strings_ _cleanup_(strings_clear)
