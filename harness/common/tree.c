// SPDX-License-Identifier: Apache-2.0
#include "common/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/log.h"

static int tree_remove_at(int dir_fd, const char *name);

/* Takes ownership of the fd. The first error, after everything else was tried. */
static int tree_empty(int fd, const char *name)
{
    _cleanup_closedir_ DIR *dir = fdopendir(fd);
    struct dirent *entry;
    int first = 0;

    if (!dir) {
        first = err_r(errno, "cannot read '%s'", name);
        close(fd);
        return first;
    }
    while ((entry = readdir(dir))) {
        int r;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        r = tree_remove_at(dirfd(dir), entry->d_name);
        if (first == 0)
            first = r;
    }
    return first;
}

static int tree_remove_at(int dir_fd, const char *name)
{
    _cleanup_close_ int fd = -1;
    int r;

    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return err_r(errno, "cannot remove '%s'", name);
    fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : err_r(errno, "cannot open '%s'", name);
    r = tree_empty(TAKE_FD(fd), name);
    if (r < 0)
        return r;
    if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    return err_r(errno, "cannot remove '%s'", name);
}

int tree_remove(const char *path)
{
    return tree_remove_at(AT_FDCWD, path);
}

int tree_make_parents(const char *path)
{
    _cleanup_free_ char *copy = strdup(path);

    if (!copy)
        return err_r(ENOMEM, "cannot make '%s'", path);
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0755) < 0 && errno != EEXIST)
            return err_r(errno, "cannot make '%s'", copy);
        *slash = '/';
    }
    return 0;
}
