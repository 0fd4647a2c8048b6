/* SPDX-License-Identifier: Apache-2.0 */
/* The symbols of an object that the compiler has just made. */
#pragma once

#include <stdbool.h>

typedef int (*symbol_fn)(void *data, const char *name, bool defined);
/* Calls `fn` for every symbol that the object gives to others, or takes from them. A negative
 * return ends it and is returned; -ENOENT, unsaid, when there is no such file. */
int symbols_read(const char *path, symbol_fn fn, void *data);
