// SPDX-License-Identifier: Apache-2.0
#include "place/bpffs.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "common/tree.h"

static int bpffs_check(const char *path)
{
    struct statfs fs;

    if (statfs(path, &fs) < 0)
        return err_r(errno, "cannot use '%s'", path);
    if (fs.f_type != BPF_FS_MAGIC)
        return err_say(EINVAL, "'%s' is not in a bpffs: mount one with `mount -t bpf bpf DIR`",
                       path);
    return 0;
}

int bpffs_mkdir(const char *path)
{
    int r = tree_make_parents(path);

    if (r < 0)
        return r;
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '%s'", path);
    return bpffs_check(path);
}

int bpffs_path(const char *dir, const char *name, char **out)
{
    return text_format(out, "%s/%s", dir, name);
}

int bpffs_pin(int fd, const char *dir, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int r = bpffs_path(dir, name, &path);

    if (r < 0)
        return r;
    r = bpf_obj_pin(fd, path);
    return r < 0 ? err_r(r, "cannot pin '%s'", path) : 0;
}

int bpffs_open(const char *dir, const char *name, int *out_fd)
{
    _cleanup_free_ char *path = NULL;
    int r = bpffs_path(dir, name, &path);

    if (r < 0)
        return r;
    r = bpf_obj_get(path);
    if (r < 0)
        return r;
    *out_fd = r;
    return 0;
}

static int bpffs_read_names(DIR *dir, struct strings *names)
{
    struct dirent *entry;

    while ((entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (strings_add(names, entry->d_name) < 0)
            return -ENOMEM;
    }
    strings_sort(names);
    return 0;
}

int bpffs_names(const char *dir, struct strings *out)
{
    _cleanup_closedir_ DIR *stream = opendir(dir);
    _cleanup_strings_ struct strings names = {0};

    if (!stream)
        return errno == ENOENT ? 0 : err_r(errno, "cannot read '%s'", dir);
    if (bpffs_read_names(stream, &names) < 0)
        return err_r(ENOMEM, "cannot read '%s'", dir);
    *out = names;
    names = (struct strings){0};
    return 0;
}

static bool bpffs_is_directory(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int bpffs_remove_pin(const char *path)
{
    _cleanup_close_ int fd = bpf_obj_get(path);

    /* -EINVAL: not a link; -EOPNOTSUPP: one that cannot be detached, only closed. */
    if (fd >= 0)
        bpf_link_detach(fd);
    if (unlink(path) < 0 && errno != ENOENT)
        return err_r(errno, "cannot remove '%s'", path);
    return 0;
}

static int bpffs_remove_entry(const char *dir, const char *name)
{
    _cleanup_free_ char *path = NULL;
    int r = bpffs_path(dir, name, &path);

    if (r < 0)
        return r;
    return bpffs_is_directory(path) ? bpffs_remove(path) : bpffs_remove_pin(path);
}

int bpffs_remove(const char *dir)
{
    _cleanup_strings_ struct strings names = {0};
    int first = 0, r = bpffs_names(dir, &names);

    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++) {
        r = bpffs_remove_entry(dir, names.items[i]);
        if (r < 0 && first == 0)
            first = r;
    }
    if (rmdir(dir) < 0 && errno != ENOENT && first == 0)
        return err_r(errno, "cannot remove '%s'", dir);
    return first;
}

void bpffs_rmdir_if_empty(const char *dir)
{
    if (rmdir(dir) < 0 && errno != ENOENT && errno != ENOTEMPTY)
        log_debug("cannot remove '%s': %s", dir, strerror(errno));
}
