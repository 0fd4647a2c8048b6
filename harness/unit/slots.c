// SPDX-License-Identifier: Apache-2.0
#include "unit/slots.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "objects/table.h"

static int slots_put(struct bpf_object *elf, const char *name, const char *map_name, uint32_t slot,
                     struct strings *why)
{
    struct bpf_program *program = bpf_object__find_program_by_name(elf, name);
    struct bpf_map *map = map_name ? bpf_object__find_map_by_name(elf, map_name) : NULL;
    int fd = program ? bpf_program__fd(program) : -1;

    if (!map || fd < 0 || bpf_map__type(map) != BPF_MAP_TYPE_PROG_ARRAY)
        return 0;
    if (bpf_map_update_elem(bpf_map__fd(map), &slot, &fd, BPF_ANY) < 0)
        return lines_say(why, -errno, "%s cannot go into %s[%u]: %s", name, map_name, slot,
                         strerror(errno));
    return 0;
}

static int slots_put_contract(struct bpf_object *elf, struct strings *why)
{
    size_t n;
    const struct program_row *rows = program_rows(&n);
    int r = 0;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = slots_put(elf, rows[i].name, rows[i].tail_map ? rows[i].tail_map : rows[i].tail_map_old,
                      rows[i].tail_slot, why);
    return r;
}

static int slots_put_tagged(struct bpf_object *elf, const struct btf *btf,
                            const struct btf_type *tag, struct strings *why)
{
    const struct btf_type *function = btf__type_by_id(btf, tag->type);
    const char *text = btf__name_by_offset(btf, tag->name_off);
    const char *name = function ? btf__name_by_offset(btf, function->name_off) : NULL;
    char map[64], rest;
    uint32_t slot;

    if (!text || !name || !btf_is_func(function) ||
        sscanf(text, "tail:%63[^/]/%u%c", map, &slot, &rest) != 2)
        return 0;
    return slots_put(elf, name, map, slot, why);
}

int unit_slots_fill(struct bpf_object *elf, struct strings *why)
{
    const struct btf *btf = bpf_object__btf(elf);
    int r = slots_put_contract(elf, why);

    for (uint32_t id = 1; btf && r == 0 && id < btf__type_cnt(btf); id++) {
        const struct btf_type *type = btf__type_by_id(btf, id);

        if (btf_is_decl_tag(type))
            r = slots_put_tagged(elf, btf, type, why);
    }
    return r;
}
