// SPDX-License-Identifier: Apache-2.0
#include "run/claims.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"
#include "run/mounts.h"

#define CLAIM_LOCKS LOCK_DIR "/*.lock"

static int claim_make_directories(void)
{
    static const char *const directories[] = {"/run/waypost", "/run/netns"};
    int r = lock_make_dir();

    if (r < 0)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
        if (mkdir(directories[i], 0755) < 0 && errno != EEXIST)
            return err_r(errno, "cannot make '%s'", directories[i]);
    return 0;
}

static int claim_path(const char *run, char **out)
{
    return text_format(out, LOCK_DIR "/%s.lock", run);
}

/* ---- this run ---- */

int claim_take(struct claim *out)
{
    _cleanup_free_ char *run = NULL, *path = NULL;
    _cleanup_close_ int fd = -1;
    time_t now = time(NULL);
    struct tm local;
    char when[32];
    int r = claim_make_directories();

    if (r < 0)
        return r;
    strftime(when, sizeof(when), "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    r = text_format(&run, "%s-%d", when, (int)getpid());
    if (r < 0)
        return r;
    r = claim_path(run, &path);
    if (r < 0)
        return r;
    /* Not close-on-exec: every process of the run holds it. */
    // NOLINTNEXTLINE(android-cloexec-open)
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return err_r(errno, "cannot lock '%s'", path);
    *out = (struct claim){.run = TAKE_PTR(run), .lock_fd = TAKE_FD(fd)};
    return 0;
}

int claim_tell_pid(const struct claim *claim, pid_t pid)
{
    return dprintf(claim->lock_fd, "%d\n", (int)pid) < 0 ? err_r(errno, "cannot write the lock")
                                                         : 0;
}

void claim_release(struct claim *claim)
{
    if (claim->lock_fd >= 0)
        close(TAKE_FD(claim->lock_fd));
    free(claim->run);
    claim->run = NULL;
}

/* ---- the others ---- */

/* The run's name, of the path of its lock; the caller frees it. */
static char *claim_run_name(const char *path)
{
    const char *name = path + strlen(LOCK_DIR "/");

    return strndup(name, strlen(name) - strlen(".lock"));
}

static int claim_rmdir(const char *path, const struct stat *stat, int type, struct FTW *at)
{
    (void)stat, (void)type, (void)at;
    rmdir(path);
    return 0;
}

/* Cgroups have files that go with their directory. */
static void claim_remove_cgroups(const char *path)
{
    if (rmdir(path) < 0 && errno != ENOENT)
        nftw(path, claim_rmdir, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Removes what one run left, if no process of it lives. */
static int claim_sweep_run(const char *root, const char *lock)
{
    _cleanup_free_ char *run = claim_run_name(lock), *cgroup = NULL;
    _cleanup_close_ int fd = open(lock, O_WRONLY | O_CLOEXEC);
    int r;

    if (!run)
        return err_r(ENOMEM, "cannot clean up");
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        return 0;
    r = text_format(&cgroup, "%s/waypost/%s", root, run);
    if (r < 0)
        return r;
    claim_remove_cgroups(cgroup);
    if (access(cgroup, F_OK) < 0)
        unlink(lock);
    return 0;
}

static int claim_sweep_below(const char *root)
{
    _cleanup_free_ char *parent = NULL;
    glob_t locks = {0};
    _cleanup_close_ int guard = lock_machine();
    int r = guard < 0 ? guard : text_format(&parent, "%s/waypost", root);

    if (r == 0 && glob(CLAIM_LOCKS, 0, NULL, &locks) == 0)
        for (size_t i = 0; r == 0 && i < locks.gl_pathc; i++)
            r = claim_sweep_run(root, locks.gl_pathv[i]);
    globfree(&locks);
    if (r == 0)
        rmdir(parent);
    return r;
}

/* Nothing is mounted that could show what was left: look from a mount namespace of one's own. */
static int claim_sweep_unmounted(void)
{
    int status = 0;
    pid_t child = fork();

    if (child < 0)
        return err_r(errno, "cannot start a process");
    if (child == 0) {
        static const char root[] = "/run/waypost"; /* empty: the labs are in sandboxes */

        if (unshare(CLONE_NEWNS) < 0 || mounts_make_private() < 0)
            _exit(1);
        /* No cgroup2 at all: nothing was left in one. */
        if (mount("waypost", root, "cgroup2", 0, NULL) < 0)
            _exit(0);
        _exit(claim_sweep_below(root) < 0);
    }
    waitpid(child, &status, 0);
    return status == 0 ? 0 : -EIO;
}

static const char *claim_cgroup_given(void)
{
    const char *given = getenv("WAYPOST_CGROUP");

    return given && *given ? given : NULL;
}

int claim_sweep(void)
{
    _cleanup_free_ char *found = claim_cgroup_given() ? NULL : mounts_find("cgroup2");
    const char *root = found ? found : claim_cgroup_given();
    int r = claim_make_directories();

    if (r < 0)
        return r;
    return root ? claim_sweep_below(root) : claim_sweep_unmounted();
}

static bool claim_lock_is_held(const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool claim_is_held(const char *run)
{
    _cleanup_free_ char *path = NULL;

    return claim_path(run, &path) == 0 && claim_lock_is_held(path);
}

/* 0 when nothing is written there. */
static pid_t claim_read_pid(const char *path)
{
    _cleanup_fclose_ FILE *file = fopen(path, "re");
    int pid = 0;

    return file && fscanf(file, "%d", &pid) == 1 ? pid : 0;
}

static int claim_visit(const char *lock, claim_fn fn, void *data)
{
    _cleanup_free_ char *run = claim_run_name(lock);
    pid_t first = claim_read_pid(lock);

    if (!run)
        return err_r(ENOMEM, "cannot list the runs");
    return first > 0 && claim_lock_is_held(lock) ? fn(run, first, data) : 0;
}

int claim_each(claim_fn fn, void *data)
{
    glob_t locks = {0};
    int r = 0;

    if (glob(CLAIM_LOCKS, 0, NULL, &locks) == 0)
        for (size_t i = 0; r == 0 && i < locks.gl_pathc; i++)
            r = claim_visit(locks.gl_pathv[i], fn, data);
    globfree(&locks);
    return r;
}
