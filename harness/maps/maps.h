/* SPDX-License-Identifier: Apache-2.0 */
/* A lab's maps by the contract's names, entry by entry, with keys and values as JSON. */
#pragma once

#include <jansson.h>

#include "place/lab.h"

/*
 * One entry, as JSON; -ENOKEY when the map has no such key (said by nobody: it may be an answer).
 * map_set() takes a value with some fields left out: an entry that is there keeps its own, a new
 * one has zeroes. A map whose layout is not known is read and written raw.
 */
int map_get(const struct lab *lab, const struct topology_node *node, const char *name,
            const json_t *key, json_t **value);
int map_set(const struct lab *lab, const struct topology_node *node, const char *name,
            const json_t *key, const json_t *value);
int map_delete(const struct lab *lab, const struct topology_node *node, const char *name,
               const json_t *key);
/* [{"key": …, "value": …}, …], sorted by the raw key. For a sockhash the values are null. */
int map_dump(const struct lab *lab, const struct topology_node *node, const char *name,
             json_t **out);
