// SPDX-License-Identifier: Apache-2.0
#include "bundle/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#include "bundle/bundle.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

#define PACK_BLOCK 65536
/* A capture packs to a twentieth. What packs to less than a 256th was made to fill memory; below
 * 32 MiB it may. */
#define PACK_TIMES 256
#define PACK_FREE  (32LL << 20)

struct pack_reader {
    const char *path;
    struct archive *archive;
    struct memory_files *memory;
    int64_t bytes;
    size_t entries;
};

static void pack_reader_close(struct pack_reader *p)
{
    if (p->archive)
        archive_read_free(p->archive);
}

static int pack_damaged(const struct pack_reader *p)
{
    const char *text = archive_error_string(p->archive);

    return err_say(EINVAL, "'%s' is damaged or no .tar.zst: %s", p->path,
                   text ? text : "it ends too early");
}

static int pack_too_large(const struct pack_reader *p)
{
    return err_say(EFBIG, "'%s' is too large: it unpacks to more than %lld MiB", p->path,
                   BUNDLE_SIZE_MAX >> 20);
}

static int pack_copy_out(struct pack_reader *p)
{
    char block[PACK_BLOCK];
    la_ssize_t n;

    while ((n = archive_read_data(p->archive, block, sizeof(block))) > 0) {
        p->bytes += n;
        if (p->bytes > BUNDLE_SIZE_MAX)
            return pack_too_large(p);
        if (p->bytes > PACK_FREE + PACK_TIMES * archive_filter_bytes(p->archive, -1))
            return err_say(EFBIG, "'%s' is too large: it unpacks to more than %d times its size",
                           p->path, PACK_TIMES);
        if (memory_files_append(p->memory, block, (size_t)n) < 0)
            return err_r(ENOMEM, "cannot unpack '%s'", p->path);
    }
    return n < 0 ? pack_damaged(p) : 0;
}

static int pack_keep_file(struct pack_reader *p, const char *name)
{
    int r = memory_files_add(p->memory, name);

    if (r == -EEXIST)
        return err_say(EINVAL, "'%s' has the file '%s' twice", p->path, name);
    return r < 0 ? err_r(r, "cannot unpack '%s'", p->path) : pack_copy_out(p);
}

/* "./maps/" and the like are not needed. */
static int pack_take(struct pack_reader *p, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    char quoted[TEXT_QUOTE_MAX];

    if (++p->entries > BUNDLE_FILES_MAX)
        return err_say(EFBIG, "'%s' has more than %d files", p->path, BUNDLE_FILES_MAX);
    if (!name)
        return err_say(EINVAL, "'%s' has a file whose name cannot be read", p->path);
    if (strncmp(name, "./", 2) == 0)
        name += 2;
    if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
        return err_say(EINVAL, "'%s' has a link in it, '%s'", p->path, text_quote(name, quoted));
    if (archive_entry_filetype(entry) == AE_IFDIR && !strstr(name, "..") && *name != '/')
        return 0;
    if (archive_entry_filetype(entry) != AE_IFREG)
        return err_say(EINVAL, "'%s' has something in it that is no file, '%s'", p->path,
                       text_quote(name, quoted));
    if (bundle_name_check(name) < 0)
        return err_say(EINVAL, "'%s' has a file that no bundle has, '%s'", p->path,
                       text_quote(name, quoted));
    if (archive_entry_size(entry) > BUNDLE_SIZE_MAX)
        return pack_too_large(p);
    return pack_keep_file(p, name);
}

static int pack_take_all(struct pack_reader *p)
{
    struct archive_entry *entry;
    int r, step;

    while ((step = archive_read_next_header(p->archive, &entry)) != ARCHIVE_EOF) {
        if (step != ARCHIVE_OK)
            return pack_damaged(p);
        r = pack_take(p, entry);
        if (r < 0)
            return r;
    }
    return 0;
}

int pack_read_memory(const char *path, const void *bytes, size_t size, struct memory_files *out)
{
    _cleanup_(pack_reader_close) struct pack_reader p = {.path = path, .memory = out};

    p.archive = archive_read_new();
    if (!p.archive)
        return err_r(ENOMEM, "cannot read '%s'", path);
    archive_read_support_filter_zstd(p.archive);
    archive_read_support_format_tar(p.archive);
    if (archive_read_open_memory(p.archive, bytes, size) != ARCHIVE_OK)
        return pack_damaged(&p);
    return pack_take_all(&p);
}
