/* SPDX-License-Identifier: Apache-2.0 */
/* A directed graph of names, whose edges have reasons; and its cycles. */
#pragma once

#include <jansson.h>

/* {FROM: {TO: [REASON, …], …}, …}; an edge from a node to itself is none. */
int graph_add(json_t *graph, const char *from, const char *to, const char *reason);
/* NULL where there is no such edge. */
const json_t *graph_reasons(const json_t *graph, const char *from, const char *to);

/* `members` is borrowed: an array of names, sorted. */
typedef int (*cycle_fn)(void *data, const json_t *members);
/* Calls `fn` for every set of two nodes or more that all lead to one another. */
int graph_cycles(const json_t *graph, cycle_fn fn, void *data);
