/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the house. Each prints what breaks it, a line each, and returns how many that were,
 * or a negative errno, which was said.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "check/house.h"

/* Every room is in the table, and knows nothing that the table does not let it know. */
int rooms_check(const struct house *house, const json_t *table, FILE *out);
/* No room and no file is longer than they may be. */
int rooms_check_lengths(const struct house *house, FILE *out);
/* No file depends on one that depends on it. Every file of a room must have been built. */
int rooms_check_cycles(const struct house *house, FILE *out);
