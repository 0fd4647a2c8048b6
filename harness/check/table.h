/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of rooms in docs/architecture.md, below the heading "The rooms": in its first column
 * the room, or several, as `NAME/`; in its third those that it may know, in the same spelling, or
 * "everything above". What else is written there is for people.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* An object with a member for each room: an object whose members are the rooms that it may know.
 * The caller owns it. -EINVAL with a sentence when there is no such table. */
int table_read(const char *path, json_t **out);
bool table_has(const json_t *table, const char *room);
/* A room may always know itself. */
bool table_allows(const json_t *table, const char *room, const char *other);
