// SPDX-License-Identifier: Apache-2.0
#include "place/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/text.h"
#include "place/lab_files.h"

#define LAB_LOCK_DEADLINE_S 30

static const int lab_lock_operations[] = {
    [LAB_LOCK_NONE] = LOCK_UN, [LAB_LOCK_SHARED] = LOCK_SH, [LAB_LOCK_EXCLUSIVE] = LOCK_EX};

struct lab_lock_wait {
    int fd, operation, result;
};

static void *lab_lock_thread(void *data)
{
    struct lab_lock_wait *wait = data;

    /* flock() has no deadline; nothing but it runs while this thread may be ended anywhere. */
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    wait->result = flock(wait->fd, wait->operation) < 0 ? -errno : 0;
    return NULL;
}

static int lab_lock_wait(int fd, int operation)
{
    struct lab_lock_wait wait = {.fd = fd, .operation = operation, .result = -EBUSY};
    struct timespec deadline;
    pthread_t thread;
    int r = pthread_create(&thread, NULL, lab_lock_thread, &wait);

    if (r != 0)
        return -r;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += LAB_LOCK_DEADLINE_S;
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) == 0)
        return wait.result;
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    return -EBUSY;
}

int lab_lock(struct lab *lab, enum lab_lock lock)
{
    int operation = lab_lock_operations[lock], r = 0;

    if (flock(lab->lock_fd, operation | LOCK_NB) < 0)
        r = -errno;
    if (r == -EWOULDBLOCK) {
        log_info("waiting for lab '%s'", lab->name);
        r = lab_lock_wait(lab->lock_fd, operation);
    }
    if (r == -EBUSY)
        return err_say(EBUSY, "lab '%s' is in use by another waypost, for over %d s now", lab->name,
                       LAB_LOCK_DEADLINE_S);
    return r < 0 ? err_r(r, "cannot lock lab '%s'", lab->name) : 0;
}

int lab_lock_make(struct lab *lab)
{
    _cleanup_free_ char *path = NULL;
    int r = text_format(&path, "%s/lock", lab->state_dir);

    if (r < 0)
        return r;
    lab->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lab->lock_fd < 0)
        return err_r(errno, "cannot make '%s'", path);
    return lab_lock(lab, LAB_LOCK_EXCLUSIVE);
}

/* A crash may have come between the directory and its lock; a new one is as good. */
static int lab_lock_open_file(struct lab *lab, const char *path)
{
    lab->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lab->lock_fd >= 0)
        return 0;
    return errno == ENOENT ? -ENOENT : err_r(errno, "cannot open '%s'", path);
}

int lab_lock_open(struct lab *lab, enum lab_lock lock)
{
    _cleanup_free_ char *path = NULL;
    struct stat mine, now;
    int r = text_format(&path, "%s/lock", lab->state_dir);

    if (r < 0)
        return r;
    r = lab_lock_open_file(lab, path);
    if (r < 0)
        return r;
    r = lab_lock(lab, lock);
    if (r < 0)
        return r;
    /* While this waited, the lab may have been taken down, and another made of that name. */
    if (fstat(lab->lock_fd, &mine) < 0 || stat(path, &now) < 0 || mine.st_ino != now.st_ino)
        return -ENOENT;
    return 0;
}
