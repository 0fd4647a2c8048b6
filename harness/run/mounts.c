// SPDX-License-Identifier: Apache-2.0
#include "run/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

static void cleanup_endmntent(FILE **f)
{
    if (*f)
        endmntent(*f);
}

#define _cleanup_mntent_ _cleanup_(cleanup_endmntent)

/*
 * `/` is a directory of a mount whose mount point cannot be reached, so that nobody can make it
 * private by its name. A copy of the tree below `/` can be made private while it is mounted
 * nowhere, is then mounted on /proc, which is a mount point that can be made private first, and
 * becomes the root.
 */
static int mounts_move_root(void)
{
    struct mount_attr attributes = {.propagation = MS_PRIVATE};
    _cleanup_close_ int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/",
                                            OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    _cleanup_free_ char *here = getcwd(NULL, 0);

    if (tree < 0 || !here)
        return err_r(errno, "cannot copy the mounts");
    if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                sizeof(attributes)) < 0 ||
        mount(NULL, "/proc", NULL, MS_PRIVATE, NULL) < 0)
        return err_r(errno, "cannot make the mounts private");
    if (syscall(SYS_move_mount, tree, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
        fchdir(tree) < 0 || chroot(".") < 0 || chdir(here) < 0)
        return err_r(errno, "cannot enter a copy of the mounts");
    return 0;
}

int mounts_make_private(void)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        return 0;
    return errno == EINVAL ? mounts_move_root() : err_r(errno, "cannot make the mounts private");
}

int mounts_add(const char *type, const char *directory, const char *options)
{
    if (mount("waypost", directory, type, 0, options) == 0)
        return 0;
    return err_r(errno, "cannot mount a %s on %s inside the sandbox", type, directory);
}

bool mounts_is_mounted(const char *directory)
{
    _cleanup_mntent_ FILE *mounts = setmntent("/proc/self/mounts", "re");
    const struct mntent *entry;

    while (mounts && (entry = getmntent(mounts)))
        if (strcmp(entry->mnt_dir, directory) == 0)
            return true;
    return false;
}

char *mounts_find(const char *type)
{
    _cleanup_mntent_ FILE *mounts = setmntent("/proc/self/mounts", "re");
    const struct mntent *entry;

    while (mounts && (entry = getmntent(mounts)))
        if (strcmp(entry->mnt_type, type) == 0)
            return strdup(entry->mnt_dir);
    return NULL;
}
