// SPDX-License-Identifier: Apache-2.0
#include "place/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"
#include "place/lab_files.h"

static const int lab_lock_operations[] = {
    [LAB_LOCK_NONE] = LOCK_UN, [LAB_LOCK_SHARED] = LOCK_SH, [LAB_LOCK_EXCLUSIVE] = LOCK_EX};

int lab_lock(struct lab *lab, enum lab_lock lock)
{
    _cleanup_free_ char *what = NULL;
    int r = text_format(&what, "lab '%s'", lab->name);

    return r < 0 ? r : lock_take(lab->lock_fd, lab_lock_operations[lock], LOCK_LIMIT_MS, what);
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
