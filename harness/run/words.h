/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines and environments: lists of strings (common/strings.h) as execve() takes them. */
#pragma once

#include "common/strings.h"

/* Adds a formatted word. 0 or -ENOMEM, said. */
int words_add(struct strings *words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds copies of a NULL-terminated array, which may be NULL. 0 or -ENOMEM, said. */
int words_add_all(struct strings *words, const char *const *array);
/* For process_spec and the like: borrowed, valid until the next word is added. */
static inline const char *const *words_array(const struct strings *words)
{
    return (const char *const *)words->items;
}
