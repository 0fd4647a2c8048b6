// SPDX-License-Identifier: Apache-2.0
#include "common/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"

/* ---- who holds it ---- */

pid_t lock_holder(int fd)
{
    _cleanup_fclose_ FILE *locks = fopen("/proc/locks", "re");
    char line[256];
    struct stat st;

    if (!locks || fstat(fd, &st) < 0)
        return 0;
    while (fgets(line, sizeof(line), locks)) {
        unsigned major_id, minor_id;
        unsigned long inode;
        int pid;

        /* "1: FLOCK  ADVISORY  WRITE 4711 00:19:812 0 EOF"; "1: -> FLOCK" waits for it. */
        if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major_id, &minor_id, &inode) ==
                4 &&
            makedev(major_id, minor_id) == st.st_dev && inode == st.st_ino)
            return pid;
    }
    return 0;
}

/* "cat" of process 4711; the caller frees it. */
static char *lock_command(pid_t pid)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_fclose_ FILE *file = NULL;
    char *name = NULL;

    if (text_format(&path, "/proc/%d/comm", (int)pid) < 0)
        return NULL;
    file = fopen(path, "re");
    if (!file || fscanf(file, "%m[^\n]", &name) != 1)
        return NULL;
    return text_clean_line(name);
}

static int lock_say_busy(int fd, int limit_ms, const char *what)
{
    pid_t pid = lock_holder(fd);
    _cleanup_free_ char *command = pid > 0 ? lock_command(pid) : NULL;

    if (pid <= 0)
        return err_say(EBUSY, "%s has been locked for over %d s by a process that is not seen here",
                       what, limit_ms / 1000);
    return err_say(
        EBUSY, "%s has been locked for over %d s by process %d (%s): wait for it, or end it", what,
        limit_ms / 1000, (int)pid, command ? command : "which has ended, and left it to a child");
}

/* ---- taking it ---- */

struct lock_wait {
    int fd, operation, result;
};

static void *lock_thread(void *data)
{
    struct lock_wait *wait = data;

    /* flock() has no deadline; nothing but it runs while this thread may be ended anywhere. */
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    wait->result = flock(wait->fd, wait->operation) < 0 ? -errno : 0;
    return NULL;
}

static int lock_wait(int fd, int operation, int limit_ms)
{
    struct lock_wait wait = {.fd = fd, .operation = operation, .result = -EBUSY};
    struct timespec deadline;
    pthread_t thread;
    int r = pthread_create(&thread, NULL, lock_thread, &wait);

    if (r != 0)
        return -r;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += limit_ms / 1000;
    deadline.tv_nsec += (long)(limit_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) == 0)
        return wait.result;
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    return -EBUSY;
}

int lock_take(int fd, int operation, int limit_ms, const char *what)
{
    int r = flock(fd, operation | LOCK_NB) < 0 ? -errno : 0;

    if (r == -EWOULDBLOCK) {
        log_info("waiting for %s", what);
        r = lock_wait(fd, operation, limit_ms);
    }
    if (r == -EBUSY)
        return lock_say_busy(fd, limit_ms, what);
    return r < 0 ? err_r(r, "cannot lock %s", what) : 0;
}

int lock_open(const char *path, int limit_ms)
{
    _cleanup_close_ int fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    _cleanup_free_ char *what = NULL;
    int r;

    if (fd < 0)
        return err_r(errno, "cannot open '%s'", path);
    /* One of an earlier version could be opened by others. */
    if (fchmod(fd, 0600) < 0)
        return err_r(errno, "cannot keep '%s' from others", path);
    r = text_format(&what, "'%s'", path);
    if (r < 0)
        return r;
    r = lock_take(fd, LOCK_EX, limit_ms, what);
    return r < 0 ? r : TAKE_FD(fd);
}

/* ---- the machine's ---- */

int lock_make_dir(void)
{
    struct stat st;

    if (mkdir(LOCK_DIR, 0700) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '" LOCK_DIR "'");
    if (lstat(LOCK_DIR, &st) < 0)
        return err_r(errno, "cannot look at '" LOCK_DIR "'");
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        return err_say(EBUSY, "'" LOCK_DIR "' is not a directory of root: remove it");
    if ((st.st_mode & 077) && chmod(LOCK_DIR, 0700) < 0)
        return err_r(errno, "cannot keep '" LOCK_DIR "' from others");
    return 0;
}

int lock_machine(void)
{
    int r = lock_make_dir();

    return r < 0 ? r : lock_open(LOCK_DIR "/guard", LOCK_LIMIT_MS);
}
