// SPDX-License-Identifier: Apache-2.0
#include "objects/btf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

/* Which types of the kernel's are taken, and as what number. */
struct btf_map {
    const struct btf *kernel;
    struct btf *reduced;
    uint32_t *ids; /* by the kernel's number: 0 not taken */
    uint32_t *order;
    size_t n;
};

static bool btf_is_named(const char *name, const struct btf_names *names)
{
    size_t length;

    if (!name || !*name)
        return false;
    for (size_t i = 0; i < names->n; i++) {
        const char *wanted = names->names[i];

        if (*name != *wanted)
            continue;
        length = btf_essential_length(name);
        if (strlen(wanted) == length && strncmp(name, wanted, length) == 0)
            return true;
    }
    return false;
}

/* A function, a variable or a section is none: where hostile information has one in the place of a
 * type, void is taken. */
static bool btf_is_data(const struct btf_type *type)
{
    return btf_is_composite(type) || btf_is_array(type) || btf_is_mod(type) ||
           btf_is_typedef(type) || btf_is_type_tag(type) || btf_is_ptr(type) || btf_is_int(type) ||
           btf_is_float(type) || btf_is_any_enum(type) || btf_is_fwd(type);
}

/* The marks first: BTF numbers its types in the order in which they are added. */
static void btf_mark(struct btf_map *map, uint32_t id)
{
    const struct btf_type *type;

    if (id == 0 || map->ids[id])
        return;
    type = btf__type_by_id(map->kernel, id);
    if (!btf_is_data(type))
        return;
    map->order[map->n++] = id;
    map->ids[id] = (uint32_t)map->n;
    if (btf_is_composite(type)) {
        const struct btf_member *member = btf_members(type);

        for (uint16_t i = 0; i < btf_vlen(type); i++, member++)
            btf_mark(map, member->type);
    } else if (btf_is_array(type)) {
        btf_mark(map, btf_array(type)->type);
        btf_mark(map, btf_array(type)->index_type);
    } else if (btf_is_mod(type) || btf_is_typedef(type) || btf_is_type_tag(type)) {
        btf_mark(map, type->type);
    }
}

/* The added copy still has the kernel's numbers in it. */
static void btf_renumber(const struct btf_map *map, struct btf_type *type)
{
    if (btf_is_composite(type)) {
        struct btf_member *member = btf_members(type);

        for (uint16_t i = 0; i < btf_vlen(type); i++, member++)
            member->type = map->ids[member->type];
    } else if (btf_is_array(type)) {
        btf_array(type)->type = map->ids[btf_array(type)->type];
        btf_array(type)->index_type = map->ids[btf_array(type)->index_type];
    } else if (btf_is_mod(type) || btf_is_typedef(type) || btf_is_type_tag(type)) {
        type->type = map->ids[type->type];
    } else if (btf_is_ptr(type)) {
        type->type = 0;
    }
}

/* Functions and variables have names too, and are no types. */
static bool btf_is_wanted(const struct btf *kernel, const struct btf_type *type,
                          const struct btf_names *names)
{
    return (btf_is_composite(type) || btf_is_typedef(type) || btf_is_any_enum(type) ||
            btf_is_int(type)) &&
           btf_is_named(btf__name_by_offset(kernel, type->name_off), names);
}

static int btf_copy_types(struct btf_map *map)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct btf_type *type = btf__type_by_id(map->kernel, map->order[i]);
        int id = btf__add_type(map->reduced, map->kernel, type);

        if (id < 0)
            return err_r(id, "cannot reduce the kernel's type information");
        btf_renumber(map, (struct btf_type *)btf__type_by_id(map->reduced, (uint32_t)id));
    }
    return 0;
}

static int btf_fill(struct btf_map *map, const struct btf_names *names)
{
    uint32_t n = btf__type_cnt(map->kernel);

    for (uint32_t id = 1; id < n; id++)
        if (btf_is_wanted(map->kernel, btf__type_by_id(map->kernel, id), names))
            btf_mark(map, id);
    return btf_copy_types(map);
}

int btf_reduce(const struct btf *kernel, const struct btf_names *names, struct btf **out)
{
    uint32_t n = btf__type_cnt(kernel);
    _cleanup_free_ uint32_t *ids = calloc(n, sizeof(*ids)), *order = calloc(n, sizeof(*order));
    struct btf_map map = {.kernel = kernel, .ids = ids, .order = order};
    int r;

    map.reduced = btf__new_empty();
    if (!map.reduced || !ids || !order)
        r = err_r(ENOMEM, "cannot reduce the kernel's type information");
    else
        r = btf_fill(&map, names);
    if (r < 0)
        btf__free(map.reduced);
    else
        *out = map.reduced;
    return r;
}
