/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that use a datapath's maps. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Programs that use one of these maps (`node` is capture_node()'s), where they are attached, and
 * their global variables:
 * [{"id", "name", "type", "tag", "attached": [{"type", "cgroup", "map" or "interface"…}…], "maps":
 * [id…]}…] and {name: number, address, null for none, or list}.
 */
int capture_programs(const uint32_t *map_ids, size_t n, const json_t *node, json_t **programs,
                     json_t **settings);
