// SPDX-License-Identifier: Apache-2.0
#include "check/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"

struct symbols_object {
    const char *path;
    const uint8_t *bytes;
    size_t size;
};

static void symbols_unmap(struct symbols_object *object)
{
    if (object->size)
        munmap((void *)object->bytes, object->size);
}

static int symbols_map(struct symbols_object *object)
{
    _cleanup_close_ int fd = open(object->path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *bytes;

    if (fd < 0)
        return errno == ENOENT ? -ENOENT : err_r(errno, "cannot open '%s'", object->path);
    if (fstat(fd, &st) < 0)
        return err_r(errno, "cannot look at '%s'", object->path);
    if ((size_t)st.st_size < sizeof(ElfW(Ehdr)))
        return err_say(EBADMSG, "'%s' is no object", object->path);
    bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return err_r(errno, "cannot read '%s'", object->path);
    object->bytes = bytes;
    object->size = (size_t)st.st_size;
    return 0;
}

/* The table that is a section, or NULL when the file does not hold it. */
static const void *symbols_section(const struct symbols_object *object, const ElfW(Shdr) * section)
{
    if (section->sh_offset > object->size || section->sh_size > object->size - section->sh_offset)
        return NULL;
    return object->bytes + section->sh_offset;
}

static const ElfW(Shdr) *
    symbols_find(const struct symbols_object *object, const ElfW(Shdr) * *sections)
{
    const ElfW(Ehdr) *header = (const void *)object->bytes;

    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_REL ||
        header->e_shentsize != sizeof(ElfW(Shdr)) || header->e_shoff > object->size ||
        header->e_shnum * sizeof(ElfW(Shdr)) > object->size - header->e_shoff)
        return NULL;
    *sections = (const void *)(object->bytes + header->e_shoff);
    for (size_t i = 0; i < header->e_shnum; i++)
        if ((*sections)[i].sh_type == SHT_SYMTAB && (*sections)[i].sh_link < header->e_shnum)
            return &(*sections)[i];
    return NULL;
}

static int symbols_each(const struct symbols_object *object, symbol_fn fn, void *data)
{
    const ElfW(Shdr) * sections, *table = symbols_find(object, &sections);
    const ElfW(Sym) *symbols = table ? symbols_section(object, table) : NULL;
    const char *names = table ? symbols_section(object, &sections[table->sh_link]) : NULL;

    if (!symbols || !names)
        return err_say(EBADMSG, "'%s' is no object with a table of symbols", object->path);
    for (size_t i = 1; i < table->sh_size / sizeof(*symbols); i++) {
        int r;

        if (ELF64_ST_BIND(symbols[i].st_info) == STB_LOCAL ||
            symbols[i].st_name >= sections[table->sh_link].sh_size)
            continue;
        r = fn(data, names + symbols[i].st_name, symbols[i].st_shndx != SHN_UNDEF);
        if (r < 0)
            return r;
    }
    return 0;
}

int symbols_read(const char *path, symbol_fn fn, void *data)
{
    _cleanup_(symbols_unmap) struct symbols_object object = {.path = path};
    int r = symbols_map(&object);

    return r < 0 ? r : symbols_each(&object, fn, data);
}
