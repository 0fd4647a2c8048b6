// SPDX-License-Identifier: Apache-2.0
#include "objects/elf.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "objects/btf.h"

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define ELF_BYTE_ORDER ELFDATA2LSB
#else
#define ELF_BYTE_ORDER ELFDATA2MSB
#endif

/* bpf_for_each_map_elem(), the first of those that came with 5.13. */
#define ELF_MODERN_HELPER 164

_Static_assert(OBJECT_PADDING >= sizeof(Elf64_Ehdr), "a header is read behind the end");

static const char *elf_machine(uint16_t machine)
{
    switch (machine) {
    case EM_X86_64:
        return "x86-64";
    case EM_AARCH64:
        return "arm64";
    case EM_386:
        return "x86";
    case EM_RISCV:
        return "RISC-V";
    default:
        return "another machine";
    }
}

/* Big-endian objects stand beside little-endian ones; so may those of the user-space parts. */
static bool elf_is_ours(const struct object_bytes *elf, struct elf_look *look)
{
    const Elf64_Ehdr *header = (const void *)elf->data; /* zeroes behind the end */
    uint16_t machine = header->e_machine;
    bool swapped = header->e_ident[EI_DATA] != ELF_BYTE_ORDER;

    if (elf->size < SELFMAG || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        snprintf(look->why, sizeof(look->why), "is no ELF object");
    else if (elf->size < sizeof(*header))
        return true;
    else if ((swapped ? __builtin_bswap16(machine) : machine) != EM_BPF)
        snprintf(look->why, sizeof(look->why), "is an ELF for %s, not for BPF",
                 elf_machine(swapped ? __builtin_bswap16(machine) : machine));
    else if (swapped)
        snprintf(look->why, sizeof(look->why), "is for machines of the other byte order");
    else
        return true;
    return false;
}

static const Elf64_Shdr *elf_sections(const struct object_bytes *elf)
{
    const Elf64_Ehdr *header = (const void *)elf->data;

    return (const void *)(elf->data + header->e_shoff);
}

/* All that is between here and libelf: every section lies in the file, and tables have entries of
 * the size that they must have. */
static int elf_check_section(const struct object_bytes *elf, size_t i)
{
    const Elf64_Ehdr *header = (const void *)elf->data;
    const Elf64_Shdr *section = &elf_sections(elf)[i];
    size_t entry = section->sh_type == SHT_SYMTAB ? sizeof(Elf64_Sym)
                   : section->sh_type == SHT_REL  ? sizeof(Elf64_Rel)
                                                  : 0;

    if (section->sh_type == SHT_NOBITS || section->sh_type == SHT_NULL)
        return 0;
    if (section->sh_offset > elf->size || section->sh_size > elf->size - section->sh_offset)
        return err_say(EBADMSG, "'%s' is cut short: section %zu does not lie within its %zu bytes",
                       elf->path, i, elf->size);
    if (section->sh_link >= header->e_shnum ||
        (entry && (section->sh_entsize != entry || section->sh_size % entry)) ||
        (section->sh_type == SHT_REL && section->sh_info >= header->e_shnum))
        return err_say(EBADMSG, "'%s' is broken: section %zu is no table as ELF has them",
                       elf->path, i);
    return 0;
}

static int elf_check_names(const struct object_bytes *elf)
{
    const Elf64_Ehdr *header = (const void *)elf->data;
    const Elf64_Shdr *sections = elf_sections(elf), *names = &sections[header->e_shstrndx];
    bool good = names->sh_type == SHT_STRTAB && names->sh_size > 0 &&
                elf->data[names->sh_offset + names->sh_size - 1] == '\0';

    for (size_t i = 0; good && i < header->e_shnum; i++)
        good = sections[i].sh_name < names->sh_size;
    return good ? 0 : err_say(EBADMSG, "'%s' is broken: its sections have no names", elf->path);
}

const uint8_t *elf_section(const struct object_bytes *elf, const char *name, size_t *size)
{
    const Elf64_Ehdr *header = (const void *)elf->data;
    const Elf64_Shdr *sections = elf_sections(elf), *names = &sections[header->e_shstrndx];

    for (size_t i = 1; i < header->e_shnum; i++) {
        const char *found = (const char *)elf->data + names->sh_offset + sections[i].sh_name;

        if (strcmp(found, name) == 0 && sections[i].sh_type == SHT_PROGBITS) {
            *size = sections[i].sh_size;
            return elf->data + sections[i].sh_offset;
        }
    }
    return NULL;
}

static int elf_check_types(const struct object_bytes *elf)
{
    const Elf64_Ehdr *header = (const void *)elf->data;
    const Elf64_Shdr *sections = elf_sections(elf), *names = &sections[header->e_shstrndx];

    for (size_t i = 1; i < header->e_shnum; i++) {
        const char *name = (const char *)elf->data + names->sh_offset + sections[i].sh_name;

        if (strcmp(name, ".BTF") == 0 && sections[i].sh_type == SHT_PROGBITS &&
            btf_check(elf->data + sections[i].sh_offset, sections[i].sh_size) < 0)
            return err_say(EBADMSG, "'%s' is broken: its type information (.BTF) is not sound",
                           elf->path);
    }
    return 0;
}

static int elf_check(const struct object_bytes *elf)
{
    const Elf64_Ehdr *header = (const void *)elf->data;
    int r;

    if (elf->size < sizeof(*header))
        return err_say(EBADMSG, "'%s' is cut short: %zu bytes, less than the header of an ELF",
                       elf->path, elf->size);
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_type != ET_REL ||
        header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum == 0 ||
        header->e_shstrndx >= header->e_shnum || header->e_shoff % sizeof(uint64_t))
        return err_say(EBADMSG, "'%s' is broken: no header of a BPF object", elf->path);
    if (header->e_shoff > elf->size ||
        header->e_shnum * sizeof(Elf64_Shdr) > elf->size - header->e_shoff)
        return err_say(EBADMSG,
                       "'%s' is cut short: its %u sections are listed at byte %llu, and it has %zu",
                       elf->path, header->e_shnum, (unsigned long long)header->e_shoff, elf->size);
    for (size_t i = 0; i < header->e_shnum; i++) {
        r = elf_check_section(elf, i);
        if (r < 0)
            return r;
    }
    r = elf_check_names(elf);
    return r < 0 ? r : elf_check_types(elf);
}

/* A constant's second half has the code 0, so that every instruction can be looked at alone. */
static bool elf_calls_modern(const uint8_t *code, size_t size)
{
    for (size_t at = 0; at + sizeof(struct bpf_insn) <= size; at += sizeof(struct bpf_insn)) {
        struct bpf_insn insn;

        memcpy(&insn, code + at, sizeof(insn));
        if (insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == 0 && insn.imm >= ELF_MODERN_HELPER)
            return true;
    }
    return false;
}

static bool elf_is_modern(const struct object_bytes *elf)
{
    const Elf64_Ehdr *header = (const void *)elf->data;
    const Elf64_Shdr *sections = elf_sections(elf);

    for (size_t i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_PROGBITS && (sections[i].sh_flags & SHF_EXECINSTR) &&
            elf_calls_modern(elf->data + sections[i].sh_offset, sections[i].sh_size))
            return true;
    return false;
}

int elf_look(const struct object_bytes *elf, struct elf_look *out)
{
    struct elf_look look = {.ours = false};
    int r = 0;

    if (!elf->data) {
        snprintf(look.why, sizeof(look.why), "is no file");
        *out = look;
        return 0;
    }
    look.ours = elf_is_ours(elf, &look);
    if (look.ours)
        r = elf_check(elf);
    if (r < 0)
        return r;
    look.is_modern = look.ours && elf_is_modern(elf);
    *out = look;
    return 0;
}
