// SPDX-License-Identifier: Apache-2.0
#include "check/graph.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

static json_t *graph_member(json_t *object, const char *name, json_t *(*make)(void))
{
    json_t *member = json_object_get(object, name);

    if (!member && json_object_set_new(object, name, make()) == 0)
        member = json_object_get(object, name);
    return member;
}

int graph_add(json_t *graph, const char *from, const char *to, const char *reason)
{
    json_t *edges, *reasons;

    if (strcmp(from, to) == 0)
        return 0;
    edges = graph_member(graph, from, json_object);
    reasons = edges ? graph_member(edges, to, json_array) : NULL;
    if (!reasons || json_array_append_new(reasons, json_string(reason)) < 0)
        return err_r(ENOMEM, "cannot note what '%s' knows", from);
    return 0;
}

const json_t *graph_reasons(const json_t *graph, const char *from, const char *to)
{
    return json_object_get(json_object_get(graph, from), to);
}

/* Tarjan's algorithm: a node's `low` is the first node, by the order of visits, that it leads to.
 */
struct graph_node {
    const char *name;
    size_t visited, low; /* 0: not yet */
    bool on_stack;
};

struct graph_walk {
    const json_t *graph;
    struct graph_node *nodes;
    size_t n_nodes, n_visited;
    struct graph_node **stack;
    size_t n_stack;
    cycle_fn fn;
    void *data;
};

static int graph_compare_nodes(const void *a, const void *b)
{
    return strcmp(((const struct graph_node *)a)->name, ((const struct graph_node *)b)->name);
}

static struct graph_node *graph_node(const struct graph_walk *walk, const char *name)
{
    const struct graph_node wanted = {.name = name};

    return bsearch(&wanted, walk->nodes, walk->n_nodes, sizeof(*walk->nodes), graph_compare_nodes);
}

static int graph_compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Takes the nodes from the stack down to `root`, which all lead to one another. */
static int graph_take_cycle(struct graph_walk *walk, const struct graph_node *root)
{
    _cleanup_json_ json_t *members = json_array();
    _cleanup_free_ const char **names = NULL;
    size_t first = walk->n_stack, n;

    do
        walk->stack[--first]->on_stack = false;
    while (walk->stack[first] != root);
    n = walk->n_stack - first;
    walk->n_stack = first;
    names = calloc(n, sizeof(*names));
    if (!names || !members)
        return err_r(ENOMEM, "cannot look for cycles");
    for (size_t i = 0; i < n; i++)
        names[i] = walk->stack[first + i]->name;
    qsort(names, n, sizeof(*names), graph_compare_names);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(members, json_string(names[i]));
    return n < 2 ? 0 : walk->fn(walk->data, members);
}

static int graph_visit(struct graph_walk *walk, struct graph_node *node)
{
    json_t *edges = json_object_get(walk->graph, node->name), *reasons;
    const char *name;

    node->visited = node->low = ++walk->n_visited;
    node->on_stack = true;
    walk->stack[walk->n_stack++] = node;
    json_object_foreach (edges, name, reasons) {
        struct graph_node *other = graph_node(walk, name);
        int r = other && !other->visited ? graph_visit(walk, other) : 0;

        if (r < 0)
            return r;
        if (other && other->on_stack && other->low < node->low)
            node->low = other->low;
    }
    return node->low == node->visited ? graph_take_cycle(walk, node) : 0;
}

static int graph_walk(struct graph_walk *walk)
{
    const char *name;
    json_t *edges;

    /* A node without edges of its own is in no cycle. */
    json_object_foreach ((json_t *)walk->graph, name, edges)
        walk->nodes[walk->n_nodes++].name = name;
    qsort(walk->nodes, walk->n_nodes, sizeof(*walk->nodes), graph_compare_nodes);
    for (size_t i = 0; i < walk->n_nodes; i++) {
        int r = walk->nodes[i].visited ? 0 : graph_visit(walk, &walk->nodes[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

int graph_cycles(const json_t *graph, cycle_fn fn, void *data)
{
    size_t n = json_object_size(graph);
    _cleanup_free_ struct graph_node *nodes = calloc(n + 1, sizeof(*nodes));
    _cleanup_free_ struct graph_node **stack = calloc(n + 1, sizeof(*stack));
    struct graph_walk walk = {
        .graph = graph, .nodes = nodes, .stack = stack, .fn = fn, .data = data};

    if (!nodes || !stack)
        return err_r(ENOMEM, "cannot look for cycles");
    return graph_walk(&walk);
}
