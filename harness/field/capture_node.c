// SPDX-License-Identifier: Apache-2.0
/* Facts of the node: what the kernel is, and which network namespace has which cookie and
 * addresses. */
#include "field/capture_node.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "common/address.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"
#include "field/capture_xdp.h"
#include "net/ns.h"

#define NODE_NAMESPACES_MAX 20000

struct node_walk {
    const char *prefix; /* of the names to look into; NULL: all */
    json_t *namespaces;
    ino_t seen[NODE_NAMESPACES_MAX];
    size_t n;
    bool no_cookies; /* a kernel that tells none: said once */
};

/* A namespace being looked at, from a thread of its own. */
struct node_job {
    int fd;
    uint64_t cookie;
    json_t *addresses, *xdp;
};

char *capture_cgroup_root(void)
{
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    struct mntent *m;
    char *root = NULL;

    while (mounts && !root && (m = getmntent(mounts)))
        if (strcmp(m->mnt_type, "cgroup2") == 0)
            root = strdup(m->mnt_dir);
    if (mounts)
        endmntent(mounts);
    return root;
}

/* Of any pod's own, that is: not of the loopback, not link-local. */
static bool node_counts(const struct address *a)
{
    if (a->af == AF_INET)
        return a->bytes[0] != 127 && !(a->bytes[0] == 169 && a->bytes[1] == 254);
    return !(a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80) && (a->bytes[0] || a->bytes[1]);
}

static int node_look_inside(void *data)
{
    struct node_job *job = data;
    struct ifaddrs *all = NULL;
    int r = net_ns_enter(job->fd, "to look at its addresses");

    if (r == 0)
        r = net_ns_cookie(&job->cookie);
    if (r == 0 && getifaddrs(&all) < 0)
        r = err_r(errno, "cannot read a network namespace's addresses");
    for (struct ifaddrs *a = all; a; a = a->ifa_next) {
        struct address_port ap;

        if (a->ifa_addr &&
            address_port_from_sockaddr(a->ifa_addr, sizeof(struct sockaddr_in6), &ap) == 0 &&
            node_counts(&ap.address))
            json_array_append_new(job->addresses, json_address(&ap.address));
    }
    freeifaddrs(all);
    return r < 0 ? r : capture_xdp(job->xdp);
}

static bool node_is_new(struct node_walk *walk, ino_t inode)
{
    for (size_t i = 0; i < walk->n; i++)
        if (walk->seen[i] == inode)
            return false;
    if (walk->n >= NODE_NAMESPACES_MAX)
        return false;
    walk->seen[walk->n++] = inode;
    return true;
}

/* `name` is that of the namespace or of a process in it. Whatever goes away meanwhile is no error.
 */
static void node_take(struct node_walk *walk, const char *path, const char *name)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct node_job job = {.fd = fd};
    struct statfs fs;
    struct stat st;
    int r;

    if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC || fstat(fd, &st) < 0)
        return;
    if (walk->no_cookies || !node_is_new(walk, st.st_ino))
        return;
    job.addresses = json_array();
    job.xdp = json_array();
    r = net_ns_call(node_look_inside, &job);
    walk->no_cookies = r == -ENOPROTOOPT;
    if (r == 0)
        json_array_append_new(walk->namespaces,
                              json_pack("{s:I, s:I, s:O, s:O, s:s?}", "inode",
                                        (json_int_t)st.st_ino, "cookie", (json_int_t)job.cookie,
                                        "addresses", job.addresses, "xdp", job.xdp, "name", name));
    json_decref(job.addresses);
    json_decref(job.xdp);
}

static void node_walk_dir(struct node_walk *walk, const char *dir, const char *tail, bool pids)
{
    _cleanup_closedir_ DIR *d = opendir(dir);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        _cleanup_free_ char *path = NULL;

        if (entry->d_name[0] == '.' || (pids && !isdigit((unsigned char)entry->d_name[0])))
            continue;
        if (walk->prefix && strncmp(entry->d_name, walk->prefix, strlen(walk->prefix)) != 0)
            continue;
        if (text_format(&path, "%s/%s%s", dir, entry->d_name, tail) == 0)
            node_take(walk, path, pids ? NULL : entry->d_name);
    }
}

int capture_node(const char *netns, json_t **out)
{
    _cleanup_free_ struct node_walk *walk = calloc(1, sizeof(*walk));
    _cleanup_free_ char *cgroup = capture_cgroup_root();
    _cleanup_json_ json_t *namespaces = json_array();
    struct utsname u = {};

    if (!walk || !namespaces)
        return err_r(ENOMEM, "cannot look at the node");
    walk->namespaces = namespaces;
    walk->prefix = netns;
    (void)uname(&u);
    node_walk_dir(walk, NET_NS_DIR, "", false);
    if (!netns)
        node_walk_dir(walk, "/proc", "/ns/net", true);
    *out = json_pack("{s:s, s:s, s:s, s:s?, s:O}", "kernel", u.release, "version", u.version,
                     "machine", u.machine, "cgroup", cgroup, "namespaces", namespaces);
    return *out ? 0 : err_r(ENOMEM, "cannot look at the node");
}
