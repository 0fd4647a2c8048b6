/* SPDX-License-Identifier: Apache-2.0 */
/* The global variables of a loaded program. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Adds them to `settings`. */
int capture_settings(const uint32_t *map_ids, size_t n, json_t *settings);
