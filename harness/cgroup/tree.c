// SPDX-License-Identifier: Apache-2.0
#include "cgroup/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"

int cgroup_tree_open_root(const struct lab *lab, int *out_fd)
{
    _cleanup_close_ int fd = open(lab->cgroup_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct statfs fs;

    if (fd < 0)
        return err_r(errno, "cannot open '%s'", lab->cgroup_root);
    if (fstatfs(fd, &fs) < 0)
        return err_r(errno, "cannot look at '%s'", lab->cgroup_root);
    if (fs.f_type != CGROUP2_SUPER_MAGIC)
        return err_say(EINVAL, "'%s' is not a cgroup2 hierarchy", lab->cgroup_root);
    *out_fd = TAKE_FD(fd);
    return 0;
}

int cgroup_tree_open(int dir_fd, const char *name, int *out_fd)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? -ENOENT : err_r(errno, "cannot open cgroup '%s'", name);
    *out_fd = fd;
    return 0;
}

int cgroup_tree_cannot_make(int code, const char *name)
{
    if (code == EAGAIN)
        return err_say(code,
                       SHORTAGE_WORD "cannot make cgroup '%s': raise cgroup.max.descendants and "
                                     "cgroup.max.depth of the cgroups above it",
                       name);
    return err_r(code, "cannot make cgroup '%s'", name);
}

int cgroup_tree_make(int dir_fd, const char *name, int *out_fd)
{
    int r;

    if (mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST)
        return cgroup_tree_cannot_make(errno, name);
    r = cgroup_tree_open(dir_fd, name, out_fd);
    return r == -ENOENT ? err_r(r, "cannot open cgroup '%s'", name) : r;
}

int cgroup_tree_open_run(const struct lab *lab, int root_fd, bool make, int *out_fd)
{
    int (*step)(int, const char *, int *) = make ? cgroup_tree_make : cgroup_tree_open;
    _cleanup_close_ int top = -1;
    int r = step(root_fd, "waypost", &top);

    return r < 0 ? r : step(top, lab->run, out_fd);
}

/* Takes ownership of dir_fd. Cgroups have no files that could be removed, only directories. */
static int cgroup_tree_remove_children(int dir_fd, const struct stop *stop)
{
    _cleanup_closedir_ DIR *dir = fdopendir(dir_fd);
    struct dirent *entry;
    int result = 0;

    if (!dir) {
        result = err_r(errno, "cannot read a cgroup");
        close(dir_fd);
        return result;
    }
    while ((entry = readdir(dir))) {
        int r, asked = stop_asked(stop);

        if (asked < 0)
            return asked;
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        r = cgroup_tree_remove(dirfd(dir), entry->d_name, stop);
        if (r < 0 && result == 0)
            result = r;
    }
    return result;
}

int cgroup_tree_remove(int dir_fd, const char *name, const struct stop *stop)
{
    int fd = -1, r;

    /* Most have none below them. */
    if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0)
        return 0;
    r = cgroup_tree_open(dir_fd, name, &fd);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = cgroup_tree_remove_children(fd, stop);
    if (r < 0)
        return r;
    if (unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return err_r(errno, "cannot remove cgroup '%s'", name);
    return 0;
}
