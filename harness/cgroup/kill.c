// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/patience.h"
#include "cgroup/tree.h"

static int cgroup_kill_open_events(int dir_fd, const char *name, int *out_fd)
{
    int fd = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_r(errno, "cannot open cgroup.events of '%s'", name);
    *out_fd = fd;
    return 0;
}

/* Whether a line of cgroup.events says KEY 1; both are "KEY 0" or "KEY 1". */
static int cgroup_kill_read_event(int fd, const char *name, const char *key, bool *out)
{
    char text[128];
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    const char *at;

    if (n < 0)
        return err_r(errno, "cannot read cgroup.events of '%s'", name);
    text[n] = '\0';
    at = strstr(text, key);
    if (!at || at[strlen(key)] != ' ')
        return err_say(EINVAL, "cgroup.events of '%s' does not say '%s'", name, key);
    *out = at[strlen(key) + 1] == '1';
    return 0;
}

/* The kernel wakes a poll for POLLPRI at each change since the last read. */
static int cgroup_kill_wait(int dir_fd, const char *name, const char *key, bool value,
                            struct patience *patience)
{
    _cleanup_close_ int fd = -1;
    int r = cgroup_kill_open_events(dir_fd, name, &fd);

    if (r < 0)
        return r;
    for (;;) {
        struct pollfd pollfd = {.fd = fd, .events = POLLPRI};
        int left = patience_left_ms(patience);
        bool now;

        r = cgroup_kill_read_event(fd, name, key, &now);
        if (r < 0 || now == value)
            return r;
        if (left == 0 && patience_outcome(patience) == -PATIENCE_STARVED)
            return patience_say(patience, "whether what runs in the cgroup ends");
        if (left == 0)
            return err_say(ETIMEDOUT, "cgroup '%s' is still %s%s", name, value ? "not " : "", key);
        if (poll(&pollfd, 1, left) < 0 && errno != EINTR)
            return err_r(errno, "cannot wait for cgroup '%s'", name);
    }
}

static int cgroup_kill_write(int dir_fd, const char *file, const char *value)
{
    _cleanup_close_ int fd = openat(dir_fd, file, O_WRONLY | O_CLOEXEC);

    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        return -errno;
    return 0;
}

/* Processes of another pid namespace are 0 here, and cannot be named. */
static int cgroup_kill_procs(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    _cleanup_fclose_ FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    long pid;

    if (!file)
        return err_r(errno, "cannot open cgroup.procs of '%s'", name);
    while (fscanf(file, "%ld", &pid) == 1) {
        if (pid > 0 && kill((pid_t)pid, SIGKILL) < 0 && errno != ESRCH)
            return err_r(errno, "cannot kill process %ld of cgroup '%s'", pid, name);
    }
    return 0;
}

static int cgroup_kill_below(int dir_fd, const char *name);

/* Takes ownership of dir_fd. */
static int cgroup_kill_all_procs(int dir_fd, const char *name)
{
    _cleanup_closedir_ DIR *dir = fdopendir(dir_fd);
    struct dirent *entry;
    int r;

    if (!dir) {
        r = err_r(errno, "cannot read cgroup '%s'", name);
        close(dir_fd);
        return r;
    }
    r = cgroup_kill_procs(dirfd(dir), name);
    if (r < 0)
        return r;
    while ((entry = readdir(dir))) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        r = cgroup_kill_below(dirfd(dir), entry->d_name);
        if (r < 0)
            return r;
    }
    return 0;
}

/* One that is gone by now has nothing to kill. */
static int cgroup_kill_below(int dir_fd, const char *name)
{
    int fd, r = cgroup_tree_open(dir_fd, name, &fd);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    return cgroup_kill_all_procs(fd, name);
}

int cgroup_tree_kill_each(int dir_fd, const char *name, int deadline_ms)
{
    struct patience patience;
    int fd, r = cgroup_kill_write(dir_fd, "cgroup.freeze", "1");

    if (r < 0)
        return err_r(r, "cannot freeze cgroup '%s'", name);
    patience_start(&patience, deadline_ms);
    r = cgroup_kill_wait(dir_fd, name, "frozen", true, &patience);
    if (r < 0)
        return r;
    fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_r(errno, "cannot open cgroup '%s'", name);
    r = cgroup_kill_all_procs(fd, name);
    /* What is killed dies although it is frozen. */
    return r < 0 ? r : cgroup_kill_wait(dir_fd, name, "populated", false, &patience);
}

int cgroup_tree_kill(int dir_fd, const char *name, int deadline_ms)
{
    struct patience patience;
    int r = cgroup_kill_write(dir_fd, "cgroup.kill", "1");

    if (r == -ENOENT)
        return cgroup_tree_kill_each(dir_fd, name, deadline_ms);
    if (r < 0)
        return err_r(r, "cannot kill what runs in cgroup '%s'", name);
    patience_start(&patience, deadline_ms);
    return cgroup_kill_wait(dir_fd, name, "populated", false, &patience);
}

int cgroup_tree_populated(int dir_fd, const char *name, bool *out)
{
    _cleanup_close_ int fd = -1;
    int r = cgroup_kill_open_events(dir_fd, name, &fd);

    return r < 0 ? r : cgroup_kill_read_event(fd, name, "populated", out);
}
