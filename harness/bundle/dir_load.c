// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bundle.h"
#include "bundle/dir.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

struct load {
    const char *path;
    struct memory_files *out;
    size_t entries;
    int64_t left; /* bytes that may still come */
};

/* All files together have a limit. */
static int load_bytes(struct load *load, int fd, const char *quoted)
{
    int r = memory_files_fill(load->out, fd, load->left);

    if (r == -EFBIG)
        return err_say(EFBIG, "'%s' is too large: it has more than %lld MiB", load->path,
                       BUNDLE_SIZE_MAX >> 20);
    if (r < 0)
        return err_r(r, "'%s': cannot read '%s'", load->path, quoted);
    load->left -= (int64_t)load->out->files[load->out->n - 1].size;
    return 0;
}

static int load_file(struct load *load, int dir_fd, const char *entry, const char *name)
{
    _cleanup_close_ int fd = openat(dir_fd, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    char quoted[TEXT_QUOTE_MAX];
    struct stat st;

    text_quote(name, quoted);
    if (fd < 0)
        return err_r(errno, "'%s': cannot open '%s'", load->path, quoted);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return err_say(EINVAL, "'%s': '%s' is no file", load->path, quoted);
    if (memory_files_add(load->out, name) < 0)
        return err_r(ENOMEM, "cannot read '%s'", load->path);
    return load_bytes(load, fd, quoted);
}

static int load_dir(struct load *load, int fd, const char *below);

static int load_entry(struct load *load, int dir_fd, const char *below, const char *entry)
{
    _cleanup_free_ char *name = NULL;
    char quoted[TEXT_QUOTE_MAX];
    struct stat st;
    int fd;

    if (++load->entries > 2 * BUNDLE_FILES_MAX)
        return err_say(EFBIG, "'%s' has more than %d files", load->path, BUNDLE_FILES_MAX);
    if (text_format(&name, "%s%s%s", below, *below ? "/" : "", entry) < 0)
        return -ENOMEM;
    if (fstatat(dir_fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return err_r(errno, "'%s': cannot look at '%s'", load->path, text_quote(name, quoted));
    if (S_ISREG(st.st_mode))
        return load_file(load, dir_fd, entry, name);
    if (!S_ISDIR(st.st_mode) || *below)
        return err_say(EINVAL, "'%s': '%s' is no file", load->path, text_quote(name, quoted));
    fd = openat(dir_fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? err_r(errno, "'%s': cannot open '%s'", load->path, text_quote(name, quoted))
                  : load_dir(load, fd, name);
}

/* Closes `fd`. */
static int load_dir(struct load *load, int fd, const char *below)
{
    _cleanup_closedir_ DIR *dir = fdopendir(fd);
    const struct dirent *entry;
    int r = 0;

    if (!dir) {
        close(fd);
        return err_r(errno, "cannot read '%s'", load->path);
    }
    while (r >= 0 && (entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            r = load_entry(load, fd, below, entry->d_name);
    return r;
}

int bundle_dir_load(const char *path, struct memory_files *out)
{
    struct load load = {.path = path, .out = out, .left = BUNDLE_SIZE_MAX};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? err_r(errno, "cannot open '%s'", path) : load_dir(&load, fd, "");
}
