// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "common/text.h"
#include "topology/build.h"

/* Longest name of a map: BPF_OBJ_NAME_LEN with its terminator is 16. */
#define NAMES_MAP_MAX 15

static bool names_end_ok(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool names_ok(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > TOPOLOGY_NAME_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!names_end_ok(name[i]) && name[i] != '-')
            return false;
    }
    return names_end_ok(name[0]) && names_end_ok(name[length - 1]);
}

int topology_name_check(const char *name)
{
    return names_ok(name) ? 0 : -EINVAL;
}

static int names_check(const struct build *b, const struct build_owner *owner)
{
    size_t length = strlen(owner->name);
    const char *kind = build_kind_name(owner->kind);
    char quoted[TEXT_QUOTE_MAX];

    if (names_ok(owner->name))
        return 0;
    if (length > TOPOLOGY_NAME_MAX)
        return build_error(b, build_at(owner, "name"),
                           "the name of a %s, '%s', is %zu characters long, must be %d at most",
                           kind, text_quote(owner->name, quoted), length, TOPOLOGY_NAME_MAX);
    return build_error(
        b, build_at(owner, "name"),
        "the name of a %s is '%s', must be of a-z, 0-9 and '-', not '-' at either end", kind,
        text_quote(owner->name, quoted));
}

static int names_duplicate(const struct build *b, size_t first, size_t second)
{
    struct build_owner one = build_owner(b->topology, first);
    struct build_owner two = build_owner(b->topology, second);

    if (one.kind == BUILD_NODE && b->spec->n_nodes == 0)
        return build_error(b, build_at(&two, "name"),
                           "the %s '%s' has the name of the default node, name it otherwise",
                           build_kind_name(two.kind), two.name);
    return build_error(b, build_at(&two, "name"), "the %s '%s' has the name of the %s on line %zu",
                       build_kind_name(two.kind), two.name, build_kind_name(one.kind),
                       build_line(b, build_at(&one, "name")));
}

static bool names_map_ok(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= NAMES_MAP_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static struct build_place names_map_at(size_t map)
{
    return (struct build_place){.list = "maps", .index = map, .member = "name"};
}

static int names_maps(const struct build *b)
{
    _cleanup_index_ struct index index = {0};
    char quoted[TEXT_QUOTE_MAX];
    size_t first, second;
    int r = index_init(&index, b->spec->n_maps);

    if (r < 0)
        return r;
    for (size_t i = 0; i < b->spec->n_maps; i++) {
        const char *name = b->spec->maps[i].name;

        if (!names_map_ok(name))
            return build_error(b, names_map_at(i),
                               "the name of a map is '%s', must be 1 to %d of a-z, 0-9 and '_'",
                               text_quote(name, quoted), NAMES_MAP_MAX);
        index_add_name(&index, name, i);
    }
    index_sort(&index);
    if (index_duplicate(&index, &first, &second))
        return build_error(b, names_map_at(second),
                           "the map '%s' has the name of the map on line %zu",
                           b->spec->maps[second].name, build_line(b, names_map_at(first)));
    return 0;
}

int build_names(struct build *b)
{
    size_t n = build_n_owners(b->topology), first, second;
    int r = index_init(&b->names, n);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        struct build_owner owner = build_owner(b->topology, i);

        r = names_check(b, &owner);
        if (r < 0)
            return r;
        index_add_name(&b->names, owner.name, i);
    }
    index_sort(&b->names);
    if (index_duplicate(&b->names, &first, &second))
        return names_duplicate(b, first, second);
    return names_maps(b);
}
