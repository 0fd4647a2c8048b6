// SPDX-License-Identifier: Apache-2.0
/*
 * The relocations of an object, from its .BTF.ext section (kernel documentation, bpf/btf.rst).
 * Walked by hand, so that nothing in it is believed.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "objects/btf.h"
#include "objects/elf.h"

struct relocations_header {
    uint16_t magic;
    uint8_t version, flags;
    uint32_t header_size;
    uint32_t func_info_offset, func_info_size;
    uint32_t line_info_offset, line_info_size;
    uint32_t relocations_offset, relocations_size; /* absent in old objects */
};

struct relocations_section {
    uint32_t name_offset;
    uint32_t n;
};

/* What is left to be read. */
struct relocations_cursor {
    const uint8_t *at;
    size_t left;
};

void btf_names_free(struct btf_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct btf_names){};
}

static bool relocations_is_flavour(const char *s)
{
    return s[0] != '_' && s[1] == '_' && s[2] == '_' && s[3] == '_' && s[4] != '_';
}

size_t btf_essential_length(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = length < 5 ? 0 : length - 4; i > 0; i--)
        if (relocations_is_flavour(name + i - 1))
            return i;
    return length;
}

static int relocations_add_name(struct btf_names *names, const char *name)
{
    size_t length = btf_essential_length(name);
    char **grown;

    if (length == 0)
        return 0;
    for (size_t i = 0; i < names->n; i++)
        if (strlen(names->names[i]) == length && strncmp(names->names[i], name, length) == 0)
            return 0;
    grown = reallocarray(names->names, names->n + 1, sizeof(*grown));
    if (!grown)
        return err_r(ENOMEM, "cannot read relocations");
    names->names = grown;
    grown[names->n] = strndup(name, length);
    if (!grown[names->n])
        return err_r(ENOMEM, "cannot read relocations");
    names->n++;
    return 0;
}

/* Fields, sizes and enumerators need the type that is named and what it holds by value. */
static bool relocations_can_reduce(uint32_t kind)
{
    return kind <= BPF_CORE_TYPE_ID_LOCAL || kind == BPF_CORE_TYPE_SIZE ||
           kind == BPF_CORE_ENUMVAL_EXISTS || kind == BPF_CORE_ENUMVAL_VALUE;
}

static int relocations_add(struct btf_names *names, const struct btf *btf,
                           const struct bpf_core_relo *relocation)
{
    const struct btf_type *type = btf__type_by_id(btf, relocation->type_id);
    const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

    if (!relocations_can_reduce(relocation->kind) || !name)
        return -EOPNOTSUPP;
    return relocation->kind == BPF_CORE_TYPE_ID_LOCAL ? 0 : relocations_add_name(names, name);
}

static bool relocations_take(struct relocations_cursor *cursor, void *out, size_t size,
                             size_t stride)
{
    if (stride < size || cursor->left < stride)
        return false;
    memcpy(out, cursor->at, size);
    cursor->at += stride;
    cursor->left -= stride;
    return true;
}

static int relocations_walk(struct btf_names *names, const struct btf *btf,
                            struct relocations_cursor cursor)
{
    struct relocations_section section;
    struct bpf_core_relo relocation;
    uint32_t stride;

    if (!relocations_take(&cursor, &stride, sizeof(stride), sizeof(stride)))
        return 0;
    while (cursor.left > 0) {
        if (!relocations_take(&cursor, &section, sizeof(section), sizeof(section)))
            return -EOPNOTSUPP;
        for (uint32_t i = 0; i < section.n; i++) {
            int r;

            if (!relocations_take(&cursor, &relocation, sizeof(relocation), stride))
                return -EOPNOTSUPP;
            r = relocations_add(names, btf, &relocation);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

static int relocations_find(struct btf_names *names, const struct btf *btf, const uint8_t *data,
                            size_t size)
{
    struct relocations_header header = {};

    if (size < sizeof(header))
        return 0;
    memcpy(&header, data, sizeof(header));
    if (header.header_size < sizeof(header) || header.header_size > size)
        return 0;
    data += header.header_size;
    size -= header.header_size;
    if (header.relocations_offset > size ||
        header.relocations_size > size - header.relocations_offset)
        return -EOPNOTSUPP;
    return relocations_walk(
        names, btf,
        (struct relocations_cursor){data + header.relocations_offset, header.relocations_size});
}

int btf_names_add(struct btf_names *names, const struct object_bytes *object)
{
    size_t size = 0, types_size = 0;
    const uint8_t *types = elf_section(object, ".BTF", &types_size);
    const uint8_t *data = elf_section(object, ".BTF.ext", &size);
    struct btf *btf = types && data ? btf__new(types, (uint32_t)types_size) : NULL;
    int r = 0;

    /* No type information at all is no relocation either. */
    if (btf)
        r = relocations_find(names, btf, data, size);
    btf__free(btf);
    return r;
}
