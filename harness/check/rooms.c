// SPDX-License-Identifier: Apache-2.0
#include "check/rooms.h"

#include <errno.h>
#include <string.h>

#include "check/graph.h"
#include "check/table.h"
#include "common/cleanup.h"
#include "common/log.h"

#define ROOMS_FILE_LINES 400
#define ROOMS_LINES      6500
/* What was one room of 12,000 lines is not to grow together again. */
#define ROOMS_LAB_LINES 4600

static const char *const rooms_of_lab[] = {"place/",   "net/",   "cgroup/", "maps/",
                                           "objects/", "probe/", "lab/"};

struct rooms_check {
    const struct house *house;
    const json_t *table;
    json_t *said; /* {complaint: true, …}: each once */
    FILE *out;
};

/* ---- the table ---- */

static int rooms_complain(const struct rooms_check *check, const char *key)
{
    if (json_object_get(check->said, key))
        return 0;
    if (json_object_set_new(check->said, key, json_true()) < 0)
        return err_r(ENOMEM, "cannot check the rooms");
    fprintf(check->out, "%s\n", key);
    return 0;
}

static int rooms_check_place(const struct rooms_check *check, const struct source *source)
{
    char text[256];

    if (table_has(check->table, source->room))
        return 0;
    snprintf(text, sizeof(text), "%s: the table of rooms (docs/architecture.md) has no '%s'",
             source->path, source->room);
    return rooms_complain(check, text);
}

static int rooms_check_include(void *data, const struct source *source, size_t line,
                               const char *target)
{
    const struct rooms_check *check = data;
    const struct source *included = tree_included(&check->house->tree, source, target);
    char text[512];

    if (!included || !table_has(check->table, source->room) ||
        table_allows(check->table, source->room, included->room))
        return 0;
    snprintf(text, sizeof(text), "%s:%zu: %s must not know %s: #include \"%s\"", source->path, line,
             source->room, included->room, target);
    return rooms_complain(check, text);
}

static int rooms_check_use(void *data, const struct source *user, const char *symbol,
                           const struct source *owner)
{
    const struct rooms_check *check = data;
    char text[512];

    if (!table_has(check->table, user->room) || table_allows(check->table, user->room, owner->room))
        return 0;
    snprintf(text, sizeof(text), "%s: %s must not know %s: it uses %s of %s", user->path,
             user->room, owner->room, symbol, owner->path);
    return rooms_complain(check, text);
}

int rooms_check(const struct house *house, const json_t *table, FILE *out)
{
    _cleanup_json_ json_t *said = json_object();
    struct rooms_check check = {house, table, said, out};
    int r;

    if (!said)
        return err_r(ENOMEM, "cannot check the rooms");
    for (size_t i = 0; i < house->tree.n; i++) {
        r = rooms_check_place(&check, &house->tree.sources[i]);
        if (r < 0)
            return r;
        r = source_includes(&house->tree.sources[i], rooms_check_include, &check);
        if (r < 0)
            return r;
    }
    r = house_uses(house, rooms_check_use, &check);
    return r < 0 ? r : (int)json_object_size(said);
}

/* ---- lengths ---- */

static size_t rooms_limit(const char *room)
{
    for (size_t i = 0; i < ARRAY_SIZE(rooms_of_lab); i++)
        if (strcmp(room, rooms_of_lab[i]) == 0)
            return ROOMS_LAB_LINES;
    return ROOMS_LINES;
}

int rooms_check_lengths(const struct house *house, FILE *out)
{
    const struct tree *tree = &house->tree;
    size_t lines = 0;
    int found = 0;

    /* The files of a room stand together, by their paths. */
    for (size_t i = 0; i < tree->n; i++) {
        const struct source *source = &tree->sources[i];

        if (source->lines > ROOMS_FILE_LINES)
            found++, fprintf(out, "%s: %zu lines, more than %d\n", source->path, source->lines,
                             ROOMS_FILE_LINES);
        lines += source->lines;
        if (i + 1 < tree->n && strcmp(tree->sources[i + 1].room, source->room) == 0)
            continue;
        if (lines > rooms_limit(source->room))
            found++, fprintf(out, "%s: %zu lines, more than %zu\n", source->room, lines,
                             rooms_limit(source->room));
        lines = 0;
    }
    return found;
}

/* ---- cycles ---- */

struct rooms_cycles {
    const json_t *graph;
    FILE *out;
    int found;
};

static void rooms_print_edge(const struct rooms_cycles *cycles, const char *from, const char *to)
{
    const json_t *reasons = graph_reasons(cycles->graph, from, to);
    const json_t *reason;
    size_t i;

    if (!reasons)
        return;
    fprintf(cycles->out, "    %s -> %s:", from, to);
    json_array_foreach (reasons, i, reason)
        fprintf(cycles->out, "%s %s", i ? "," : "", json_string_value(reason));
    fputc('\n', cycles->out);
}

static int rooms_print_cycle(void *data, const json_t *members)
{
    struct rooms_cycles *cycles = data;
    size_t n = json_array_size(members);

    cycles->found++;
    fprintf(cycles->out, "%zu files depend on one another:\n", n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            rooms_print_edge(cycles, json_string_value(json_array_get(members, i)),
                             json_string_value(json_array_get(members, j)));
    return 0;
}

int rooms_check_cycles(const struct house *house, FILE *out)
{
    struct rooms_cycles cycles = {.out = out};
    _cleanup_json_ json_t *graph = NULL;
    const json_t *absent;
    size_t i;
    int r = house_graph(house, &graph);

    if (r < 0)
        return r;
    json_array_foreach (house->absent, i, absent)
        fprintf(out, "%s: it has not been built, so that nobody knows what it calls\n",
                json_string_value(absent));
    cycles.graph = graph;
    cycles.found = (int)json_array_size(house->absent);
    r = graph_cycles(graph, rooms_print_cycle, &cycles);
    return r < 0 ? r : cycles.found;
}
