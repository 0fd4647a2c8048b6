/* SPDX-License-Identifier: Apache-2.0 */
/* NULL-terminated arrays of strings, as execve() takes them. */
#pragma once

#include <stddef.h>

/* A copy of the array and of its strings; NULL is copied as an empty one. 0 or -ENOMEM, said. */
int words_copy(const char *const *words, char ***out);
/* Adds a formatted word. *words may be NULL. 0 or -ENOMEM, said. */
int words_add(char ***words, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Takes NULL; clears *words. */
void words_free(char ***words);
