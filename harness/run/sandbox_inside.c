// SPDX-License-Identifier: Apache-2.0
#include "run/sandbox_inside.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"
#include "run/mounts.h"

#define SANDBOX_STATE  "/run/waypost"
#define SANDBOX_CGROUP SANDBOX_STATE "/cgroup"
#define SANDBOX_BPFFS  "/sys/fs/bpf"

static int sandbox_mount_all(void)
{
    int r = mounts_make_private();

    if (r < 0)
        return r;
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return err_r(errno, "cannot mount a proc on /proc inside the sandbox");
    if (access(SANDBOX_BPFFS, F_OK) < 0)
        return err_say(ENODEV, "there is no " SANDBOX_BPFFS ": a kernel with BPF is needed");
    r = mounts_add("tmpfs", "/run/netns", "mode=755");
    if (r < 0)
        return r;
    r = mounts_add("bpf", SANDBOX_BPFFS, NULL);
    if (r < 0)
        return r;
    /* A run within a run (a test of run.sh) shares the outer one's, so that both see the tests'
     * files. */
    return mounts_is_mounted(SANDBOX_STATE) ? 0 : mounts_add("tmpfs", SANDBOX_STATE, "mode=755");
}

/* BASE/labs and BASE/tmp. BASE is short, because the paths of sockets begin with it. */
static int sandbox_make_state_in(const char *base)
{
    _cleanup_free_ char *labs = NULL, *tmp = NULL;
    int r = text_format(&labs, "%s/labs", base);

    if (r < 0)
        return r;
    r = text_format(&tmp, "%s/tmp", base);
    if (r < 0)
        return r;
    if (mkdir(labs, 0755) < 0 || mkdir(tmp, 0755) < 0 || chmod(tmp, 01777) < 0)
        return err_r(errno, "cannot make the directories of the run in '%s'", base);
    setenv("WAYPOST_STATE", labs, 1);
    setenv("WAYPOST_BPFFS", SANDBOX_BPFFS, 1);
    setenv("TMPDIR", tmp, 1);
    return 0;
}

/* In a run within a run the pids of the two may be alike. */
static int sandbox_make_state(const char *run)
{
    const char *dash = strrchr(run, '-');
    _cleanup_free_ char *base = NULL;
    int r = text_format(&base, SANDBOX_STATE "/%s", dash ? dash + 1 : run);

    if (r < 0)
        return r;
    while (mkdir(base, 0755) < 0) {
        _cleanup_free_ char *longer = NULL;

        if (errno != EEXIST)
            return err_r(errno, "cannot make '%s'", base);
        r = text_format(&longer, "%sx", base);
        if (r < 0)
            return r;
        free(base);
        base = TAKE_PTR(longer);
    }
    return sandbox_make_state_in(base);
}

/* Where cgroup2 is, mounted here where nobody has; the caller frees it. */
static int sandbox_cgroup_root(char **out)
{
    const char *given = getenv("WAYPOST_CGROUP");
    char *root = given && *given ? strdup(given) : mounts_find("cgroup2");
    int r;

    if (root) {
        *out = root;
        return 0;
    }
    if (mkdir(SANDBOX_CGROUP, 0755) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '" SANDBOX_CGROUP "'");
    r = mounts_add("cgroup2", SANDBOX_CGROUP, NULL);
    return r < 0 ? r : text_format(out, SANDBOX_CGROUP);
}

static int sandbox_make_cgroup_in(const char *root, const char *run)
{
    _cleanup_free_ char *parent = NULL, *cgroup = NULL;
    int r = text_format(&parent, "%s/waypost", root);

    if (r < 0)
        return r;
    r = text_format(&cgroup, "%s/%s", parent, run);
    if (r < 0)
        return r;
    if ((mkdir(parent, 0755) < 0 && errno != EEXIST) || mkdir(cgroup, 0755) < 0)
        return err_r(errno, "cannot make the cgroup '%s'", cgroup);
    setenv("WAYPOST_CGROUP", root, 1);
    return 0;
}

static int sandbox_make_cgroup(const char *run)
{
    _cleanup_free_ char *root = NULL;
    _cleanup_close_ int guard = -1;
    int r = sandbox_cgroup_root(&root);

    if (r < 0)
        return r;
    guard = lock_machine();
    return guard < 0 ? guard : sandbox_make_cgroup_in(root, run);
}

static int sandbox_set_lo_up(void)
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
        return err_r(errno, "cannot set up lo inside the sandbox");
    return 0;
}

int sandbox_prepare(const char *run)
{
    int r;

    setenv("WAYPOST_RUN_ID", run, 1);
    r = sandbox_mount_all();
    if (r < 0)
        return r;
    r = sandbox_make_state(run);
    if (r < 0)
        return r;
    r = sandbox_make_cgroup(run);
    return r < 0 ? r : sandbox_set_lo_up();
}
