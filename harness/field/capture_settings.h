/* SPDX-License-Identifier: Apache-2.0 */
/* The global variables of a loaded program. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* A variable's value: a number, an address or a short list of numbers. NULL: nothing that is worth
 * a look, or an address in a size that no address has, which --redact would not find. */
json_t *capture_setting(const char *name, const uint8_t *bytes, uint32_t size);
/* Adds them to `settings`. */
int capture_settings(const uint32_t *map_ids, size_t n, json_t *settings);
