// SPDX-License-Identifier: Apache-2.0
#include "bundle/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"

#define PACK_CHUNK 65536

bool pack_is_archive_name(const char *path)
{
    const char *end = ".tar.zst";
    size_t length = strlen(path), tail = strlen(end);

    return length > tail && strcmp(path + length - tail, end) == 0;
}

static void pack_free(struct archive **a)
{
    if (*a)
        archive_write_free(*a);
}

static void pack_entry_free(struct archive_entry **entry)
{
    archive_entry_free(*entry);
}

static int pack_error(struct archive *a, const char *path)
{
    int code = archive_errno(a);
    const char *text = archive_error_string(a);

    return err_say(code > 0 ? code : EIO, "cannot write '%s': %s", path, text ? text : "no reason");
}

static int pack_copy(struct archive *a, const char *path, int fd)
{
    char chunk[PACK_CHUNK];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) > 0)
        if (archive_write_data(a, chunk, (size_t)n) < 0)
            return pack_error(a, path);
    return n < 0 ? err_r(errno, "cannot read a file for '%s'", path) : 0;
}

static int pack_add(struct archive *a, const char *path, int dir_fd, const char *name)
{
    _cleanup_(pack_entry_free) struct archive_entry *entry = archive_entry_new();
    _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_r(errno, "cannot read '%s' for '%s'", name, path);
    if (!entry)
        return err_r(ENOMEM, "cannot write '%s'", path);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_size(entry, st.st_size);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    if (archive_write_header(a, entry) != ARCHIVE_OK)
        return pack_error(a, path);
    return pack_copy(a, path, fd);
}

static int pack_add_all(struct archive *a, const char *path, int dir_fd, char *const *names)
{
    for (char *const *name = names; *name; name++) {
        int r = pack_add(a, path, dir_fd, *name);

        if (r < 0)
            return r;
    }
    return archive_write_close(a) == ARCHIVE_OK ? 0 : pack_error(a, path);
}

int pack_write(const char *path, const char *dir, char *const *names)
{
    _cleanup_(pack_free) struct archive *a = archive_write_new();
    _cleanup_close_ int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (dir_fd < 0)
        return err_r(errno, "cannot open '%s'", dir);
    if (!a)
        return err_r(ENOMEM, "cannot write '%s'", path);
    if (archive_write_add_filter_zstd(a) != ARCHIVE_OK ||
        archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
        archive_write_open_filename(a, path) != ARCHIVE_OK)
        return pack_error(a, path);
    r = pack_add_all(a, path, dir_fd, names);
    if (r < 0)
        (void)unlink(path);
    return r;
}
