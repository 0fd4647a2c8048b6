// SPDX-License-Identifier: Apache-2.0
/*
 * Whether a type information is sound. libbpf (1.1) checks where its parts lie, and then follows
 * numbers of types and chains of typedefs wherever they lead: out of it, or in a circle.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "objects/btf.h"

static bool btf_has(const struct btf *btf, uint32_t id)
{
    return id < btf__type_cnt(btf);
}

static bool btf_has_name(const struct btf *btf, uint32_t offset)
{
    return btf__str_by_offset(btf, offset) != NULL;
}

static bool btf_members_are_sound(const struct btf *btf, const struct btf_type *t)
{
    const struct btf_member *members = btf_members(t);

    for (uint32_t i = 0; i < btf_vlen(t); i++)
        if (!btf_has(btf, members[i].type) || !btf_has_name(btf, members[i].name_off))
            return false;
    return true;
}

static bool btf_values_are_sound(const struct btf *btf, const struct btf_type *t)
{
    const struct btf_enum64 *wide = btf_enum64(t);
    const struct btf_enum *values = btf_enum(t);
    bool is_wide = btf_kind(t) == BTF_KIND_ENUM64;

    for (uint32_t i = 0; i < btf_vlen(t); i++)
        if (!btf_has_name(btf, is_wide ? wide[i].name_off : values[i].name_off))
            return false;
    return true;
}

static bool btf_parameters_are_sound(const struct btf *btf, const struct btf_type *t)
{
    const struct btf_param *parameters = btf_params(t);

    for (uint32_t i = 0; i < btf_vlen(t); i++)
        if (!btf_has(btf, parameters[i].type) || !btf_has_name(btf, parameters[i].name_off))
            return false;
    return btf_has(btf, t->type);
}

/* libbpf takes what is listed in a section for a variable, or a function. */
static bool btf_section_is_sound(const struct btf *btf, const struct btf_type *t)
{
    const struct btf_var_secinfo *variables = btf_var_secinfos(t);

    for (uint32_t i = 0; i < btf_vlen(t); i++) {
        const struct btf_type *variable = btf__type_by_id(btf, variables[i].type);

        if (!variable || (!btf_is_var(variable) && !btf_is_func(variable)))
            return false;
    }
    return true;
}

/* Typedefs and qualifiers end somewhere. */
static bool btf_chain_ends(const struct btf *btf, const struct btf_type *t)
{
    for (uint32_t steps = 0; steps < btf__type_cnt(btf); steps++) {
        if (!btf_is_mod(t) && !btf_is_typedef(t))
            return true;
        t = btf__type_by_id(btf, t->type);
        if (!t)
            return false;
    }
    return false;
}

static bool btf_type_is_sound(const struct btf *btf, const struct btf_type *t)
{
    if (!btf_has_name(btf, t->name_off))
        return false;
    switch (btf_kind(t)) {
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
        return btf_members_are_sound(btf, t);
    case BTF_KIND_FUNC_PROTO:
        return btf_parameters_are_sound(btf, t);
    case BTF_KIND_DATASEC:
        return btf_section_is_sound(btf, t);
    case BTF_KIND_ARRAY:
        return btf_has(btf, btf_array(t)->type) && btf_has(btf, btf_array(t)->index_type);
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
        return btf_values_are_sound(btf, t);
    case BTF_KIND_INT:
    case BTF_KIND_FLOAT:
    case BTF_KIND_FWD:
        return true;
    default:
        return btf_has(btf, t->type) && btf_chain_ends(btf, t);
    }
}

int btf_check(const void *data, size_t size)
{
    struct btf *btf = size <= UINT32_MAX ? btf__new(data, (uint32_t)size) : NULL;
    bool sound = btf != NULL;

    for (uint32_t id = 1; sound && id < btf__type_cnt(btf); id++)
        sound = btf_type_is_sound(btf, btf__type_by_id(btf, id));
    btf__free(btf);
    return sound ? 0 : -EBADMSG;
}
