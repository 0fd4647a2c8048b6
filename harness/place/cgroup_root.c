// SPDX-License-Identifier: Apache-2.0
#include "place/cgroup_root.h"

#include <errno.h>
#include <linux/magic.h>
#include <mntent.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/shortage.h"
#include "common/text.h"
#include "place/state.h"

/* Below STATE; no lab can have that name. */
#define CGROUP_ROOT_PRIVATE ".cgroup2"

static void cgroup_root_close(FILE **mounts)
{
    if (*mounts)
        endmntent(*mounts);
}

/* The first cgroup2 that can be written: /sys/fs/cgroup, or /sys/fs/cgroup/unified on hybrid. */
static int cgroup_root_mounted(char **out)
{
    _cleanup_(cgroup_root_close) FILE *mounts = setmntent("/proc/self/mounts", "re");
    struct mntent *entry;

    if (!mounts)
        return err_r(errno, "cannot read /proc/self/mounts");
    while ((entry = getmntent(mounts))) {
        if (strcmp(entry->mnt_type, "cgroup2") == 0 && !hasmntopt(entry, "ro"))
            return text_format(out, "%s", entry->mnt_dir);
    }
    return -ENOENT;
}

/* An ancestor that is shared would hand the mount on to other namespaces; it is of no use there. */
static int cgroup_root_mount(char **out)
{
    _cleanup_free_ char *state = NULL, *path = NULL;
    int r = state_root(&state);

    if (r < 0)
        return r;
    r = text_format(&path, "%s/" CGROUP_ROOT_PRIVATE, state);
    if (r < 0)
        return r;
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '%s'", path);
    if (mount("cgroup2", path, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return err_say(ENODEV,
                       SHORTAGE_WORD
                       "no cgroup2 is mounted and it cannot be mounted on '%s' (%s): "
                       "`mount -t cgroup2 none /sys/fs/cgroup/unified` or set WAYPOST_CGROUP",
                       path, strerror(errno));
    log_info("no cgroup2 was mounted; mounted one on '%s'", path);
    *out = TAKE_PTR(path);
    return 0;
}

static int cgroup_root_given(const char *path, char **out)
{
    struct statfs fs;

    if (*path != '/')
        return err_say(EINVAL, "WAYPOST_CGROUP is '%s', must be an absolute path", path);
    if (statfs(path, &fs) < 0)
        return err_r(errno, "WAYPOST_CGROUP: cannot look at '%s'", path);
    if (fs.f_type != CGROUP2_SUPER_MAGIC)
        return err_say(ENOENT, "WAYPOST_CGROUP: '%s' is not a cgroup2 hierarchy", path);
    return text_format(out, "%s", path);
}

int cgroup_root(char **out)
{
    const char *given = getenv("WAYPOST_CGROUP");
    int r;

    if (given && *given)
        return cgroup_root_given(given, out);
    r = cgroup_root_mounted(out);
    return r == -ENOENT ? cgroup_root_mount(out) : r;
}

/* Busy as long as another lab has cgroups in it, which is as it should be. */
void cgroup_root_release(const struct lab *lab)
{
    const char *name = strrchr(lab->cgroup_root, '/');

    if (!name || strcmp(name + 1, CGROUP_ROOT_PRIVATE) != 0)
        return;
    if (umount2(lab->cgroup_root, UMOUNT_NOFOLLOW) == 0)
        (void)rmdir(lab->cgroup_root);
}
