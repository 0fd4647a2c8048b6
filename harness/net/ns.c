// SPDX-License-Identifier: Apache-2.0
#include "net/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "common/cleanup.h"
#include "common/lock.h"
#include "common/log.h"
#include "common/text.h"

static int net_ns_path(const char *name, char **out)
{
    return text_format(out, NET_NS_DIR "/%s", name);
}

/* 1 when it is a plain directory, and has to become a mount point first. */
static int net_ns_share_mounted(void)
{
    if (mount("", NET_NS_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)
        return 0;
    return errno == EINVAL ? 1 : err_r(errno, "cannot share '%s'", NET_NS_DIR);
}

static int net_ns_share(void)
{
    int r = net_ns_share_mounted();

    if (r <= 0)
        return r;
    if (mount(NET_NS_DIR, NET_NS_DIR, "none", MS_BIND | MS_REC, NULL) < 0)
        return err_r(errno, "cannot mount '%s' on itself", NET_NS_DIR);
    if (mount("", NET_NS_DIR, "none", MS_SHARED | MS_REC, NULL) < 0)
        return err_r(errno, "cannot share '%s'", NET_NS_DIR);
    return 0;
}

int net_ns_prepare(void)
{
    _cleanup_close_ int dir = -1;

    int r;

    if (mkdir(NET_NS_DIR, 0755) < 0 && errno != EEXIST)
        return err_r(errno, "cannot make '%s'", NET_NS_DIR);
    /* Once it is one no lock is needed: any user can hold that of the directory. */
    r = net_ns_share_mounted();
    if (r <= 0)
        return r;
    dir = open(NET_NS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return err_r(errno, "cannot open '%s'", NET_NS_DIR);
    /* `ip netns` takes the same lock: two at once would mount it on itself twice. */
    r = lock_take(dir, LOCK_EX, LOCK_LIMIT_MS, "'" NET_NS_DIR "'");
    return r < 0 ? r : net_ns_share();
}

static int net_ns_make_file(const char *path, int *file_fd)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    cleanup_close(file_fd);
    *file_fd = TAKE_FD(fd);
    return 0;
}

/*
 * A name needs a file, any file, to be mounted on. On a disk, ten thousand files that are made and
 * soon removed again cost more than their namespaces (ext4 looks at every inode that was deleted
 * in the last seconds before it gives one out); ten thousand links to one file do not.
 */
static int net_ns_link(const char *path, int *file_fd)
{
    if (*file_fd >= 0 && linkat(*file_fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0)
        return 0;
    if (*file_fd >= 0 && errno == EEXIST)
        return -EEXIST;
    /* The first; or EMLINK, or a file system without links. */
    return net_ns_make_file(path, file_fd);
}

/* Makes the name for the namespace that the thread is in, or before that for a new one. */
static int net_ns_bind(const char *name, bool new_one, int *file_fd)
{
    _cleanup_free_ char *path = NULL;
    int r = net_ns_path(name, &path);

    if (r < 0)
        return r;
    r = net_ns_link(path, file_fd);
    if (r < 0)
        return err_r(r, "cannot make network namespace '%s'", name);
    if ((!new_one || unshare(CLONE_NEWNET) == 0) &&
        mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) == 0)
        return 0;
    r = err_r(errno, "cannot make network namespace '%s'", name);
    unlink(path);
    return r;
}

int net_ns_new(const char *name, int *file_fd)
{
    return net_ns_bind(name, true, file_fd);
}

int net_ns_name(const char *name, int *file_fd)
{
    return net_ns_bind(name, false, file_fd);
}

int net_ns_open(const char *name, int *out_fd)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    struct statfs fs;
    int r = net_ns_path(name, &path);

    if (r < 0)
        return r;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return err_r(errno, "cannot open network namespace '%s'", name);
    if (fstatfs(fd, &fs) < 0)
        return err_r(errno, "cannot look at network namespace '%s'", name);
    if (fs.f_type != NSFS_MAGIC)
        return err_say(EINVAL, "'%s' is not a network namespace: its lab is half up or half down",
                       path);
    *out_fd = TAKE_FD(fd);
    return 0;
}

int net_ns_remove(const char *name)
{
    _cleanup_free_ char *path = NULL;
    int r = net_ns_path(name, &path);

    if (r < 0)
        return r;
    /* EINVAL: the file is there and nothing is mounted on it, which is what half a lab looks like.
     */
    if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != ENOENT && errno != EINVAL)
        return err_r(errno, "cannot unmount '%s'", path);
    if (unlink(path) < 0 && errno != ENOENT)
        return err_r(errno, "cannot remove '%s'", path);
    return 0;
}

int net_ns_each(const char *prefix, int (*fn)(void *data, const char *name), void *data)
{
    _cleanup_closedir_ DIR *dir = opendir(NET_NS_DIR);
    struct dirent *entry;
    int result = 0;

    if (!dir)
        return errno == ENOENT ? 0 : err_r(errno, "cannot read '%s'", NET_NS_DIR);
    while ((entry = readdir(dir))) {
        int r = 0;

        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            r = fn(data, entry->d_name);
        if (r == -EINTR)
            return r;
        if (r < 0 && result == 0)
            result = r;
    }
    return result;
}

static int net_ns_refuse_one(void *data, const char *name)
{
    (void)data;
    return err_say(EEXIST, "network namespace '%s' is there already: `ip netns delete %s`", name,
                   name);
}

int net_ns_refuse(const char *prefix)
{
    return net_ns_each(prefix, net_ns_refuse_one, NULL);
}

struct net_ns_call {
    int (*fn)(void *data);
    void *data;
    int result;
};

static void *net_ns_thread(void *data)
{
    struct net_ns_call *call = data;

    call->result = call->fn(call->data);
    return NULL;
}

int net_ns_call(int (*fn)(void *data), void *data)
{
    struct net_ns_call call = {.fn = fn, .data = data};
    pthread_t thread;
    int r = pthread_create(&thread, NULL, net_ns_thread, &call);

    if (r != 0)
        return err_r(r, "cannot start a thread");
    pthread_join(thread, NULL);
    return call.result;
}

int net_ns_enter(int netns_fd, const char *name)
{
    if (setns(netns_fd, CLONE_NEWNET) < 0)
        return err_r(errno, "cannot enter network namespace '%s'", name);
    return 0;
}

int net_ns_cookie(uint64_t *out)
{
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(*out);

    if (fd < 0)
        return err_r(errno, "cannot open a socket");
    if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, out, &size) < 0)
        return err_r(errno, "cannot read a network namespace's cookie (Linux 5.14 can)");
    return 0;
}
