/* SPDX-License-Identifier: Apache-2.0 */
/* What a header declares, as far as that can be told without a compiler. */
#pragma once

#include <stdbool.h>

typedef bool (*declared_fn)(void *data, const char *name);
/* Calls `fn` for every identifier outside comments, preprocessor lines, braces and parentheses,
 * until it returns true; the name of a function is among them, those of its parameters are not. */
bool declared_any(const char *text, declared_fn fn, void *data);
