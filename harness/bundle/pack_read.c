// SPDX-License-Identifier: Apache-2.0
#include "bundle/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/bundle.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"

#define PACK_BLOCK 65536
/* A capture packs to a twentieth. What packs to less than a 256th was made to fill memory; below
 * 32 MiB it may. */
#define PACK_TIMES 256
#define PACK_FREE  (32LL << 20)

struct pack_reader {
    const char *path;
    struct archive *archive;
    int dir_fd;
    struct memory_files *memory; /* instead of the directory; NULL: not */
    int64_t bytes;
    size_t entries;
};

static void pack_reader_close(struct pack_reader *p)
{
    if (p->archive)
        archive_read_free(p->archive);
    cleanup_close(&p->dir_fd);
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

static int pack_put(struct pack_reader *p, int fd, const char *block, size_t n)
{
    if (p->memory)
        return memory_files_append(p->memory, block, n) < 0
                   ? err_r(ENOMEM, "cannot unpack '%s'", p->path)
                   : 0;
    if (write(fd, block, n) != (ssize_t)n)
        return err_r(errno ? errno : ENOSPC, "cannot unpack '%s'", p->path);
    return 0;
}

static int pack_copy_out(struct pack_reader *p, int fd)
{
    char block[PACK_BLOCK];
    la_ssize_t n;
    int r;

    while ((n = archive_read_data(p->archive, block, sizeof(block))) > 0) {
        p->bytes += n;
        if (p->bytes > BUNDLE_SIZE_MAX)
            return pack_too_large(p);
        if (p->bytes > PACK_FREE + PACK_TIMES * archive_filter_bytes(p->archive, -1))
            return err_say(EFBIG, "'%s' is too large: it unpacks to more than %d times its size",
                           p->path, PACK_TIMES);
        r = pack_put(p, fd, block, (size_t)n);
        if (r < 0)
            return r;
    }
    return n < 0 ? pack_damaged(p) : 0;
}

static int pack_twice(const struct pack_reader *p, const char *name)
{
    return err_say(EINVAL, "'%s' has the file '%s' twice", p->path, name);
}

static int pack_keep_file(struct pack_reader *p, const char *name)
{
    int r = memory_files_add(p->memory, name);

    if (r == -EEXIST)
        return pack_twice(p, name);
    return r < 0 ? err_r(r, "cannot unpack '%s'", p->path) : pack_copy_out(p, -1);
}

static int pack_take_file(struct pack_reader *p, const char *name)
{
    _cleanup_free_ char *dir = strdup(name);
    _cleanup_close_ int fd = -1;
    char *slash;

    if (!dir)
        return err_r(ENOMEM, "cannot unpack '%s'", p->path);
    slash = strchr(dir, '/');
    if (slash) {
        *slash = '\0';
        if (mkdirat(p->dir_fd, dir, 0700) < 0 && errno != EEXIST)
            return err_r(errno, "cannot unpack '%s'", p->path);
    }
    fd = openat(p->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return pack_twice(p, name);
    if (fd < 0)
        return err_r(errno, "cannot unpack '%s'", p->path);
    return pack_copy_out(p, fd);
}

/* "./maps/" and the like: directories are made as files need them. */
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
    return p->memory ? pack_keep_file(p, name) : pack_take_file(p, name);
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

static int pack_new_archive(struct pack_reader *p)
{
    p->archive = archive_read_new();
    if (!p->archive)
        return err_r(ENOMEM, "cannot read '%s'", p->path);
    archive_read_support_filter_zstd(p->archive);
    archive_read_support_format_tar(p->archive);
    return 0;
}

int pack_read_memory(const char *path, const void *bytes, size_t size, struct memory_files *out)
{
    _cleanup_(pack_reader_close) struct pack_reader p = {.path = path, .dir_fd = -1, .memory = out};
    int r = pack_new_archive(&p);

    if (r < 0)
        return r;
    if (archive_read_open_memory(p.archive, bytes, size) != ARCHIVE_OK)
        return pack_damaged(&p);
    return pack_take_all(&p);
}

static int pack_open(struct pack_reader *p, const char *dir)
{
    int r;

    p->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->dir_fd < 0)
        return err_r(errno, "cannot open '%s'", dir);
    r = pack_new_archive(p);
    if (r < 0)
        return r;
    if (archive_read_open_filename(p->archive, p->path, PACK_BLOCK) != ARCHIVE_OK)
        return pack_damaged(p);
    return 0;
}

int pack_read(const char *path, char **out_dir)
{
    _cleanup_(pack_reader_close) struct pack_reader p = {.path = path, .dir_fd = -1};
    _cleanup_free_ char *dir = NULL;
    const char *tmp = getenv("TMPDIR");
    int r;

    if (text_format(&dir, "%s/waypost-bundle.XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0)
        return -ENOMEM;
    if (!mkdtemp(dir))
        return err_r(errno, "cannot make '%s'", dir);
    r = pack_open(&p, dir);
    if (r == 0)
        r = pack_take_all(&p);
    if (r < 0) {
        tree_remove(dir);
        return r;
    }
    *out_dir = TAKE_PTR(dir);
    return 0;
}
