// SPDX-License-Identifier: Apache-2.0
#include "place/bpffs.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"
#include "common/text.h"
#include "common/tree.h"

#define BPFFS_DEFAULT "/sys/fs/bpf"

/* Where everybody has it, and for root alone: in one without a mode any user may make names. */
static int bpffs_mount(void)
{
    if (mount("bpf", BPFFS_DEFAULT, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
        return err_say(ENODEV,
                       SHORTAGE_WORD
                       "no bpffs is mounted on '" BPFFS_DEFAULT
                       "', and it cannot be mounted (%s): `mount -t bpf bpf " BPFFS_DEFAULT
                       "` as root, or set WAYPOST_BPFFS",
                       strerror(errno));
    log_info("no bpffs was mounted; mounted one on '" BPFFS_DEFAULT "'");
    return 0;
}

/* The path up to its next '/' behind `from`, NULL behind the last; the caller frees it. */
static char *bpffs_part(const char *path, size_t *from)
{
    if (!path[*from])
        return NULL;
    *from += 1 + strcspn(path + *from + 1, "/");
    return strndup(path, *from);
}

/* Whether a directory on the way to the path is one of a bpffs. */
static bool bpffs_is_on_the_way(const char *path)
{
    size_t from = 0;
    char *part;
    bool found = false;

    while (!found && (part = bpffs_part(path, &from))) {
        struct statfs fs;

        found = statfs(part, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
        free(part);
    }
    return found;
}

/* What `up` needs, and mounts where it may. */
static int bpffs_need(const char *path)
{
    if (bpffs_is_on_the_way(path))
        return 0;
    if (strncmp(path, BPFFS_DEFAULT "/", strlen(BPFFS_DEFAULT "/")) == 0)
        return bpffs_mount();
    return err_say(ENODEV,
                   SHORTAGE_WORD "'%s' is not in a bpffs: mount one with `mount -t bpf bpf DIR`",
                   path);
}

/* 1 when somebody else has made it, or can write to it. */
static int bpffs_is_foreign(const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return err_r(errno, "cannot look at '%s'", path);
    return !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH));
}

/* In a bpffs that was mounted without a mode any user may make a name in advance; root may remove
 * it again, and whatever is in it. */
static int bpffs_make_ours(const char *path)
{
    int r = bpffs_is_foreign(path);

    if (r <= 0)
        return r;
    log_warning("removing '%s', which is somebody else's", path);
    r = tree_remove(path);
    if (r < 0)
        return r;
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '%s'", path);
    r = bpffs_is_foreign(path);
    return r <= 0 ? r : err_say(EBUSY, "'%s' is somebody else's, again", path);
}

/* One directory: whoever mounted the bpffs may have let everybody write to that. */
static int bpffs_make(const char *path, bool *inside)
{
    struct statfs fs;

    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '%s'", path);
    if (*inside)
        return bpffs_make_ours(path);
    *inside = statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
    return 0;
}

int bpffs_mkdir(const char *path)
{
    bool inside = false;
    size_t from = 0;
    char *part;
    int r = bpffs_need(path);

    while (r == 0 && (part = bpffs_part(path, &from))) {
        r = bpffs_make(part, &inside);
        free(part);
    }
    return r;
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
