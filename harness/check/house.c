// SPDX-License-Identifier: Apache-2.0
#include "check/house.h"

#include <errno.h>
#include <string.h>

#include "check/declared.h"
#include "check/graph.h"
#include "check/symbols.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

void house_free(struct house *house)
{
    tree_free(&house->tree);
    json_decref(house->owners);
    json_decref(house->uses);
    json_decref(house->apart);
    json_decref(house->absent);
    *house = (struct house){};
}

static int house_no_memory(void)
{
    return err_r(ENOMEM, "cannot note who knows whom");
}

/* ---- symbols ---- */

struct house_object {
    struct house *house;
    const struct source *source;
    json_t *uses; /* of this file */
};

static int house_take_symbol(void *data, const char *name, bool defined)
{
    struct house_object *object = data;
    int r = defined ? json_object_set_new(object->house->owners, name,
                                          json_string(object->source->path))
                    : json_array_append_new(object->uses, json_string(name));

    return r < 0 ? house_no_memory() : 0;
}

/* Directly in a room: what lies deeper is built in a way of its own, if at all. */
static bool house_is_of_room(const struct source *source)
{
    const char *room = strchr(source->path, '/') + 1, *name = strchr(room, '/');

    return strncmp(source->path, "harness/", 8) == 0 && name && !strchr(name + 1, '/');
}

static int house_read_object(struct house *house, const struct source *source, const char *build)
{
    struct house_object object = {house, source, json_array()};
    _cleanup_free_ char *path = NULL;
    int r;

    if (!object.uses || json_object_set_new(house->uses, source->path, object.uses) < 0)
        return house_no_memory();
    r = text_format(&path, "%s/obj/%.*s.o", build, (int)strlen(source->path) - 2, source->path);
    if (r < 0)
        return r;
    r = symbols_read(path, house_take_symbol, &object);
    if (r != -ENOENT)
        return r;
    return json_array_append_new(house->absent, json_string(source->path)) < 0 ? house_no_memory()
                                                                               : 0;
}

static int house_read_objects(struct house *house, const char *build)
{
    for (size_t i = 0; i < house->tree.n; i++) {
        const struct source *source = &house->tree.sources[i];
        int r = source_is_header(source) || !house_is_of_room(source)
                    ? 0
                    : house_read_object(house, source, build);

        if (r < 0)
            return r;
    }
    /* Every program has its own. */
    json_object_del(house->owners, "main");
    return 0;
}

int house_uses(const struct house *house, use_fn fn, void *data)
{
    json_t *symbols, *symbol;
    const char *path;
    size_t i;

    json_object_foreach (house->uses, path, symbols) {
        json_array_foreach (symbols, i, symbol) {
            const char *name = json_string_value(symbol);
            const char *owner = json_string_value(json_object_get(house->owners, name));
            int r = owner ? fn(data, tree_find(&house->tree, path), name,
                               tree_find(&house->tree, owner))
                          : 0;

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* ---- units ---- */

struct house_header {
    const struct house *house;
    const char *body; /* the path of the .c of its name, or NULL */
};

static bool house_is_elsewhere(void *data, const char *name)
{
    const struct house_header *header = data;
    const char *owner = json_string_value(json_object_get(header->house->owners, name));

    return owner && strcmp(owner, header->body) != 0;
}

static int house_part_header(struct house *house, const struct source *source)
{
    struct house_header header = {.house = house};
    _cleanup_free_ char *body = NULL;
    int r = text_format(&body, "%.*s.c", (int)strlen(source->path) - 2, source->path);

    if (r < 0)
        return r;
    header.body = body;
    if (tree_find(&house->tree, body) && !declared_any(source->text, house_is_elsewhere, &header))
        return 0;
    return json_object_set_new(house->apart, source->path, json_true()) < 0 ? house_no_memory() : 0;
}

static int house_part_headers(struct house *house)
{
    for (size_t i = 0; i < house->tree.n; i++) {
        const struct source *source = &house->tree.sources[i];
        int r = source_is_header(source) ? house_part_header(house, source) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

int house_read(const char *root, const char *build, struct house *out)
{
    _cleanup_(house_free) struct house house = {.owners = json_object(),
                                                .uses = json_object(),
                                                .apart = json_object(),
                                                .absent = json_array()};
    int r;

    if (!house.owners || !house.uses || !house.apart || !house.absent)
        return house_no_memory();
    r = tree_read(root, &house.tree);
    if (r < 0)
        return r;
    r = house_read_objects(&house, build);
    if (r < 0)
        return r;
    r = house_part_headers(&house);
    if (r < 0)
        return r;
    *out = house;
    house = (struct house){};
    return 0;
}

/* ---- the graph ---- */

struct house_edges {
    const struct house *house;
    json_t *graph;
};

static int house_unit(const struct house *house, const struct source *source, char **out)
{
    const char *name = source->path + (strncmp(source->path, "harness/", 8) == 0 ? 8 : 0);
    size_t length = strlen(name);

    if (!json_object_get(house->apart, source->path))
        length -= 2;
    return text_format(out, "%.*s", (int)length, name);
}

static int house_connect(const struct house_edges *edges, const struct source *from,
                         const struct source *to, const char *reason)
{
    _cleanup_free_ char *one = NULL, *two = NULL;
    int r = house_unit(edges->house, from, &one);

    if (r < 0)
        return r;
    r = house_unit(edges->house, to, &two);
    return r < 0 ? r : graph_add(edges->graph, one, two, reason);
}

static int house_connect_include(void *data, const struct source *source, size_t line,
                                 const char *target)
{
    const struct house_edges *edges = data;
    const struct source *included = tree_included(&edges->house->tree, source, target);
    _cleanup_free_ char *reason = NULL;
    int r;

    (void)line;
    if (!included)
        return 0;
    r = text_format(&reason, "includes \"%s\"", target);
    return r < 0 ? r : house_connect(edges, source, included, reason);
}

static int house_connect_use(void *data, const struct source *user, const char *symbol,
                             const struct source *owner)
{
    _cleanup_free_ char *reason = NULL;
    int r = text_format(&reason, "uses %s", symbol);

    return r < 0 ? r : house_connect(data, user, owner, reason);
}

int house_graph(const struct house *house, json_t **out)
{
    _cleanup_json_ json_t *graph = json_object();
    struct house_edges edges = {house, graph};
    int r;

    if (!graph)
        return house_no_memory();
    for (size_t i = 0; i < house->tree.n; i++) {
        r = source_includes(&house->tree.sources[i], house_connect_include, &edges);
        if (r < 0)
            return r;
    }
    r = house_uses(house, house_connect_use, &edges);
    if (r < 0)
        return r;
    *out = TAKE_PTR(graph);
    return 0;
}
