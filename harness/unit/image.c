// SPDX-License-Identifier: Apache-2.0
#include "unit/image.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/text.h"
#include "confine/confine.h"
#include "objects/btf.h"
#include "objects/elf.h"
#include "unit/open.h"

#define IMAGE_PIN_BY_NAME 1 /* libbpf has the name for programs only */

/* What the child hands back: the bytes, or a line. */
#define IMAGE_WORD_GOOD "object"
#define IMAGE_WORD_BAD  "why"

void unit_image_free(struct unit_image *image)
{
    free(image->data);
    *image = (struct unit_image){};
}

/* ---- ELF; nothing is said of what is not as it should be, and nothing is changed ---- */

static const Elf64_Ehdr *image_header(const struct unit_image *image)
{
    const Elf64_Ehdr *header = (const void *)image->data;

    if (image->size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % sizeof(uint64_t) ||
        header->e_shoff > image->size ||
        header->e_shnum * sizeof(Elf64_Shdr) > image->size - header->e_shoff)
        return NULL;
    return header;
}

static const Elf64_Shdr *image_sections(const struct unit_image *image)
{
    return (const void *)(image->data + image_header(image)->e_shoff);
}

static uint8_t *image_bytes(const struct unit_image *image, const Elf64_Shdr *section)
{
    if (section->sh_type == SHT_NOBITS || section->sh_offset > image->size ||
        section->sh_size > image->size - section->sh_offset)
        return NULL;
    return image->data + section->sh_offset;
}

static bool image_is_called(const struct unit_image *image, const Elf64_Shdr *section,
                            const char *name)
{
    const Elf64_Ehdr *header = image_header(image);
    const Elf64_Shdr *names = &image_sections(image)[header->e_shstrndx];
    size_t size = strlen(name) + 1;

    if (header->e_shstrndx >= header->e_shnum || names->sh_offset > image->size ||
        names->sh_size > image->size - names->sh_offset || section->sh_name > names->sh_size ||
        size > names->sh_size - section->sh_name)
        return false;
    return memcmp(image->data + names->sh_offset + section->sh_name, name, size) == 0;
}

/* ---- static programs ---- */

/* Functions in .text are no programs: static ones there are called by programs. */
static bool image_is_program(const struct unit_image *image, const Elf64_Sym *symbol)
{
    const Elf64_Shdr *section;

    if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || ELF64_ST_BIND(symbol->st_info) != STB_LOCAL ||
        symbol->st_shndx >= image_header(image)->e_shnum)
        return false;
    section = &image_sections(image)[symbol->st_shndx];
    return (section->sh_flags & SHF_EXECINSTR) && !image_is_called(image, section, ".text");
}

static void image_publish(struct unit_image *image, const Elf64_Shdr *section)
{
    bool aligned = section->sh_offset % sizeof(uint64_t) == 0;
    Elf64_Sym *symbols = aligned ? (void *)image_bytes(image, section) : NULL;

    for (size_t i = 0; symbols && i < section->sh_size / sizeof(*symbols); i++)
        if (image_is_program(image, &symbols[i]))
            symbols[i].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
}

/* ---- pinning ---- */

/* In a map's definition a number is a pointer to an array of so many. */
static bool image_number(const struct btf *btf, uint32_t id, uint32_t *out)
{
    const struct btf_type *type = btf__type_by_id(btf, id);

    if (!type || !btf_is_ptr(type))
        return false;
    type = btf__type_by_id(btf, type->type);
    if (!type || !btf_is_array(type))
        return false;
    *out = btf_array(type)->nelems;
    return true;
}

/* The type of a number that stands for pinning by name, which libbpf knows: any map of one entry
 * has it, the one for the results for instance. 0 when there is none. */
static uint32_t image_find_one(const struct btf *btf)
{
    uint32_t value;

    for (uint32_t id = 1; id < btf__type_cnt(btf); id++)
        if (image_number(btf, id, &value) && value == IMAGE_PIN_BY_NAME)
            return id;
    return 0;
}

static void image_change_pin(const struct btf *btf, const struct btf_type *type, uint32_t one)
{
    struct btf_member *members = btf_members(type);
    uint32_t value;

    for (uint32_t i = 0; i < btf_vlen(type); i++) {
        const char *name = btf__name_by_offset(btf, members[i].name_off);

        if (name && strcmp(name, "pinning") == 0 && image_number(btf, members[i].type, &value) &&
            value > IMAGE_PIN_BY_NAME)
            members[i].type = one;
    }
}

static void image_change_pins(struct unit_image *image, const Elf64_Shdr *section)
{
    uint8_t *data = image_bytes(image, section);
    const void *changed;
    struct btf *btf;
    uint32_t one, size;

    if (!data || section->sh_size > UINT32_MAX || btf_check(data, section->sh_size) < 0)
        return;
    btf = btf__new(data, (uint32_t)section->sh_size);
    one = btf ? image_find_one(btf) : 0;
    for (uint32_t id = 1; one && id < btf__type_cnt(btf); id++)
        if (btf_is_struct(btf__type_by_id(btf, id)))
            image_change_pin(btf, btf__type_by_id(btf, id), one);
    changed = one ? btf__raw_data(btf, &size) : NULL;
    if (changed && size == section->sh_size)
        memcpy(data, changed, size);
    btf__free(btf);
}

static void image_ease(struct unit_image *image)
{
    const Elf64_Ehdr *header = image_header(image);
    const Elf64_Shdr *sections = header ? image_sections(image) : NULL;

    for (size_t i = 0; header && i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB)
            image_publish(image, &sections[i]);
        else if (image_is_called(image, &sections[i], ".BTF"))
            image_change_pins(image, &sections[i]);
}

static int image_copy(const void *bytes, size_t size, struct unit_image *out)
{
    out->data = malloc(size + 1);
    if (!out->data)
        return -ENOMEM;
    if (size)
        memcpy(out->data, bytes, size);
    out->size = size;
    return 0;
}

int unit_image_make(const struct object_bytes *file, struct unit_image *out)
{
    int r = image_copy(file->data, file->size, out);

    if (r >= 0)
        image_ease(out);
    return r;
}

/* ---- the child ---- */

static int image_pass(const struct object_bytes *file, struct memory_files *out)
{
    _cleanup_(unit_image_free) struct unit_image image = {};
    _cleanup_(unit_close) struct bpf_object *elf = NULL;
    _cleanup_strings_ struct strings why = {};
    int r = unit_image_make(file, &image);

    if (r < 0)
        return r;
    r = unit_open(file->path, image.data, image.size, NULL, &elf, &why);
    if (r >= 0)
        return memory_files_put(out, IMAGE_WORD_GOOD, image.data, image.size);
    return why.n ? memory_files_put(out, IMAGE_WORD_BAD, why.items[0], strlen(why.items[0])) : r;
}

/* Hands back the object, or why it is none. */
static int image_judge(const void *data, struct memory_files *out)
{
    const struct object_bytes *file = data;
    struct elf_look look;
    char line[ELF_WHY_MAX + PATH_MAX];
    int r = elf_look(file, &look);

    if (r < 0)
        return r;
    if (look.ours)
        return image_pass(file, out);
    snprintf(line, sizeof(line), "cannot open '%s': it %s", file->path, look.why);
    return memory_files_put(out, IMAGE_WORD_BAD, line, strlen(line));
}

/* ---- the file ---- */

static int image_take(const char *path, const struct memory_files *words, struct unit_image *out,
                      struct strings *why)
{
    const struct memory_file *good = memory_files_find(words, IMAGE_WORD_GOOD);
    const struct memory_file *bad = memory_files_find(words, IMAGE_WORD_BAD);

    if (bad)
        return lines_say(why, -ENOEXEC, "%.*s", (int)bad->size, (const char *)bad->bytes);
    if (!good)
        return lines_say(why, -EBADMSG, "cannot open '%s': %s", path, strerror(EBADMSG));
    return image_copy(good->bytes, good->size, out) < 0
               ? lines_say(why, -ENOMEM, "cannot open '%s': %s", path, strerror(ENOMEM))
               : 0;
}

int unit_image_read(const char *path, struct unit_image *out, struct strings *why)
{
    static const struct confine_limits limits = {
        .memory = 1LL << 30, .output = 2 * OBJECT_SIZE_MAX, .cpu_s = 30};
    _cleanup_(object_bytes_free) struct object_bytes file = {};
    _cleanup_(memory_files_free) struct memory_files words = {};
    _cleanup_free_ char *what = NULL;
    int r = object_bytes_read(path, OBJECT_SIZE_MAX, &file);

    if (r >= 0)
        r = text_format(&what, "the object '%s'", path);
    if (r >= 0)
        r = confine(what, image_judge, &file, &limits, &words);
    if (r < 0)
        return lines_say(why, r, "cannot open '%s': %s", path,
                         r == -EBADMSG ? "it is cut short or broken" : strerror(-r));
    return image_take(path, &words, out, why);
}
