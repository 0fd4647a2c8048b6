// SPDX-License-Identifier: Apache-2.0
#include "unit/globals.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The map that holds a section's variables is called after it, with a prefix or without. */
static struct bpf_map *globals_map(struct bpf_object *elf, const char *section)
{
    struct bpf_map *map;

    bpf_object__for_each_map(map, elf)
    {
        const char *name = bpf_map__name(map);
        size_t length = strlen(name), want = strlen(section);

        if (bpf_map__is_internal(map) && length >= want &&
            strcmp(name + length - want, section) == 0)
            return map;
    }
    return NULL;
}

static int globals_write(struct bpf_map *map, const struct btf_var_secinfo *info, uint64_t value)
{
    size_t size = 0;
    uint8_t *memory = map ? (uint8_t *)bpf_map__initial_value(map, &size) : NULL;

    if (!memory || info->offset > size || info->size > size - info->offset)
        return -EINVAL;
    memcpy(memory + info->offset, &value, info->size); /* little endian, as the programs */
    return 0;
}

static int globals_set_in(struct bpf_object *elf, const struct btf *btf,
                          const struct btf_type *section, const char *name, uint64_t value)
{
    const struct btf_var_secinfo *infos = btf_var_secinfos(section);

    for (unsigned int i = 0; i < btf_vlen(section); i++) {
        const struct btf_type *var = btf__type_by_id(btf, infos[i].type);
        const char *found = var ? btf__name_by_offset(btf, var->name_off) : NULL;
        uint32_t size = infos[i].size;

        if (!found || strcmp(found, name) != 0)
            continue;
        if ((size != 1 && size != 2 && size != 4 && size != 8) ||
            (size < 8 && value >> (8 * size) && (int64_t)value >= 0))
            return -ERANGE;
        return globals_write(globals_map(elf, btf__name_by_offset(btf, section->name_off)),
                             &infos[i], value);
    }
    return -ENOENT;
}

static int globals_set(struct bpf_object *elf, const char *name, uint64_t value)
{
    const struct btf *btf = bpf_object__btf(elf);
    int r = -ENOENT;

    for (uint32_t id = 1; btf && r == -ENOENT && id < btf__type_cnt(btf); id++) {
        const struct btf_type *type = btf__type_by_id(btf, id);

        if (btf_is_datasec(type))
            r = globals_set_in(elf, btf, type, name, value);
    }
    return r;
}

int unit_globals_set(struct bpf_object *elf, const char *setting, struct strings *why)
{
    const char *equals = strchr(setting, '=');
    char name[128], *end;
    unsigned long long value;
    int r;

    if (!equals || equals == setting || (size_t)(equals - setting) >= sizeof(name) || !equals[1])
        return lines_say(why, -EINVAL, "'%s' must be NAME=NUMBER", setting);
    snprintf(name, sizeof(name), "%.*s", (int)(equals - setting), setting);
    errno = 0;
    value = strtoull(equals + 1, &end, 0);
    if (errno || *end)
        return lines_say(why, -EINVAL, "'%s' must be NAME=NUMBER", setting);
    r = globals_set(elf, name, value);
    return r < 0 && r != -ENOENT
               ? lines_say(why, -EINVAL, "'%s': the variable is no integer that can hold it",
                           setting)
               : r;
}
